import type { IndicatorsJob } from '../indicators/indicators.queue.js';
import type { PriceBook } from '../prices/price-book.js';
import { MEASURE_NAMES } from '../rankings/measures.js';
import type { RankingsJob } from '../rankings/rankings.queue.js';
import type { ReportsJob } from '../reports/reports.queue.js';

export interface BatchPlan {
  readonly indicators: readonly IndicatorsJob[];
  readonly rankings: readonly RankingsJob[];
  readonly reports: readonly ReportsJob[];
}

const TICKERS_PER_JOB = 50;

export function planBatch({ markets, tickers }: Pick<PriceBook, 'markets' | 'tickers'>): BatchPlan {
  return {
    indicators: chunks(tickers, TICKERS_PER_JOB).map((chunk) => ({ tickers: chunk })),
    rankings: markets.flatMap((market) => MEASURE_NAMES.map((measure) => ({ market, measure }))),
    reports: markets.map((market) => ({ market })),
  };
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
