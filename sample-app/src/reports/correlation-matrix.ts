import { yieldIfDue } from 'nestjs-headroom';
import { correlation, standardised } from '../maths/correlation.js';
import { dailyReturns } from '../maths/series.js';
import type { PriceSeries } from '../prices/price-series.js';

export interface CorrelationMatrix {
  readonly tickers: readonly string[];
  /** Row by row, as many rows and columns as there are tickers. */
  readonly values: Float64Array;
}

/** Tickers with a shorter history than the others are left out. */
export async function correlationMatrix(market: readonly PriceSeries[]): Promise<CorrelationMatrix> {
  const days = market.reduce((most, { close }) => Math.max(most, close.length), 0);
  const compared = market.filter(({ close }) => close.length === days);
  const returns = compared.map(({ close }) => standardised(dailyReturns(close)));

  const size = compared.length;
  const values = new Float64Array(size * size);
  for (const [row, left] of returns.entries()) {
    for (const [column, right] of returns.entries()) {
      if (column < row) continue;
      const value = correlation(left, right);
      values[row * size + column] = value;
      values[column * size + row] = value;
    }
    await yieldIfDue();
  }
  return { tickers: compared.map(({ ticker }) => ticker), values };
}
