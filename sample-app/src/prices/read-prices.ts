import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { parse } from 'csv-parse';
import { PRICE_COLUMNS } from './generate-prices.js';
import type { PriceBook } from './price-book.js';
import { PriceBookBuilder } from './price-book.builder.js';

/** Streams the CSV in: at no time is more of the file's text in memory than a few chunks. */
export async function readPrices(path: string, onBytes: (read: number) => void): Promise<PriceBook> {
  const file = createReadStream(path);
  const builder = new PriceBookBuilder();

  await pipeline(file, parse(), async (records: AsyncIterable<string[]>) => {
    let line = 0;
    for await (const record of records) {
      line += 1;
      if (line === 1) expectHeader(record);
      else builder.add(record, line);
      if (line % 10_000 === 0) onBytes(file.bytesRead);
    }
  });
  return builder.build();
}

function expectHeader(header: readonly string[]): void {
  const expected = PRICE_COLUMNS.join(',');
  const found = header.join(',');
  if (found !== expected) throw new Error(`The first line must be "${expected}", got "${found}".`);
}
