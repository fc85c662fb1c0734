import type { TaskContext } from 'nestjs-headroom';
import type { PriceSeries } from '../prices/price-series.js';
import { buildReport } from './build-report.js';
import type { MarketReport } from './market-report.js';

export interface ReportInput {
  readonly market: string;
  readonly tickers: readonly PriceSeries[];
}

/** What `ReportsProcessor` runs in a process of its own: no app and no Redis there, what it needs is given to it. */
export default async function report(
  { market, tickers }: ReportInput,
  { signal, updateProgress }: TaskContext,
): Promise<MarketReport> {
  return buildReport(market, tickers, async (percent) => {
    signal.throwIfAborted();
    await updateProgress(percent);
  });
}
