import { yieldIfDue } from 'nestjs-headroom';
import { at } from '../maths/series.js';
import type { PriceSeries } from '../prices/price-series.js';

export interface ReportRow {
  readonly ticker: string;
  readonly date: string;
  readonly close: number;
  /** Change since the day before, as a share. */
  readonly change: number;
  /** High to low, as a share of the close. */
  readonly range: number;
  readonly turnover: number;
}

/** One object per ticker and day, all at once: this is where a report's memory goes. */
export async function reportRows(market: readonly PriceSeries[]): Promise<ReportRow[]> {
  const rows: ReportRow[] = [];
  for (const series of market) {
    for (const [day, date] of series.dates.entries()) rows.push(rowOf(series, day, date));
    await yieldIfDue();
  }
  return rows;
}

function rowOf(
  { ticker, open, high, low, close, volume }: PriceSeries,
  day: number,
  date: string,
): ReportRow {
  const before = day === 0 ? at(open, 0) : at(close, day - 1);
  return {
    ticker,
    date,
    close: at(close, day),
    change: at(close, day) / before - 1,
    range: (at(high, day) - at(low, day)) / at(close, day),
    turnover: at(close, day) * at(volume, day),
  };
}
