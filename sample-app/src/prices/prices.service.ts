import { join } from 'node:path';
import { Injectable, Logger } from '@nestjs/common';
import { MemorySnapshot } from 'nestjs-headroom';
import { DATA_DIRECTORY } from '../data-directory.js';
import { MARKETS } from './markets.js';
import type { PriceBook } from './price-book.js';
import { sizeOf, writePriceFile } from './price-file.js';
import { readPrices } from './read-prices.js';

const PRICE_FILE = join(DATA_DIRECTORY, 'prices.csv');
const GENERATED = { markets: MARKETS, days: 130, seed: 2025 };

/** A share of the work, 0 to 1. */
export type ProgressListener = (share: number) => void;

@Injectable()
export class PricesService {
  private readonly logger = new Logger(PricesService.name);
  private book: PriceBook | undefined;
  private importing: Promise<PriceBook> | undefined;

  /** The last import, or the first one when there is none yet. */
  async current(): Promise<PriceBook> {
    return this.book ?? (await this.import());
  }

  /** Reads the file anew. Callers that come meanwhile wait for the same import. */
  import(onProgress: ProgressListener = () => {}): Promise<PriceBook> {
    this.importing ??= this.importFile(onProgress).finally(() => {
      this.importing = undefined;
    });
    return this.importing;
  }

  @MemorySnapshot('import-prices')
  private async importFile(onProgress: ProgressListener): Promise<PriceBook> {
    const bytes = await this.ensureFile();
    const book = await readPrices(PRICE_FILE, (read) => onProgress(read / bytes));
    this.logger.log(
      `${book.rows} prices of ${book.tickers.length} tickers in ${book.markets.length} markets`,
    );
    this.book = book;
    return book;
  }

  private async ensureFile(): Promise<number> {
    const found = await sizeOf(PRICE_FILE);
    if (found !== undefined) return found;

    this.logger.log(`No ${PRICE_FILE} yet: generating it (seed ${GENERATED.seed})`);
    await writePriceFile(PRICE_FILE, GENERATED);
    return (await sizeOf(PRICE_FILE)) ?? 0;
  }
}
