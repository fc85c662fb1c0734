import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { yieldIfDue } from 'nestjs-headroom';
import { codeOf } from '../errors.js';
import { generatePrices, type GeneratePricesOptions } from './generate-prices.js';

/** Size in bytes, or `undefined` when there is no such file. */
export async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes beside the path and renames at the end: the file is whole or not there. */
export async function writePriceFile(path: string, options: GeneratePricesOptions): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}.tmp`;
  try {
    await pipeline(Readable.from(inSlices(generatePrices(options))), createWriteStream(unfinished));
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** Lets the event loop turn between the chunks once enough work was done in this turn. */
async function* inSlices(chunks: Iterable<string>): AsyncGenerator<string> {
  for (const chunk of chunks) {
    yield chunk;
    await yieldIfDue();
  }
}
