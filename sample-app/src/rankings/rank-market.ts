import { rounded } from '../maths/rounded.js';
import type { PriceSeries } from '../prices/price-series.js';
import { MEASURES, type Measure } from './measures.js';

export interface RankedTicker {
  readonly rank: number;
  readonly ticker: string;
  readonly value: number;
  /** Over the days looked back at. */
  readonly averageRank: number;
  readonly bestRank: number;
}

export interface Ranking {
  readonly market: string;
  readonly measure: Measure;
  readonly asOf: string;
  readonly tickers: number;
  readonly top: readonly RankedTicker[];
}

export interface RankMarketOptions {
  readonly market: string;
  readonly measure: Measure;
  /** Days looked back at. */
  readonly days: number;
  /** How many of the best are listed. */
  readonly top: number;
}

/** Ranks all tickers of a market on each of the last days, so that a place held for long can be told from luck. */
export function rankMarket(market: readonly PriceSeries[], options: RankMarketOptions): Ranking {
  const { measure, days, top } = options;
  const values = market.map(({ close }) => MEASURES[measure](close));
  const sums = new Float64Array(market.length);
  const best = new Float64Array(market.length).fill(Infinity);
  let order: Uint32Array = new Uint32Array(0);

  for (let daysAgo = days; daysAgo >= 1; daysAgo--) {
    order = orderOf(values.map((series) => series.at(-daysAgo) ?? NaN));
    for (const [place, index] of order.entries()) {
      sums[index] = (sums[index] ?? 0) + place + 1;
      best[index] = Math.min(best[index] ?? Infinity, place + 1);
    }
  }

  return {
    market: options.market,
    measure,
    asOf: market[0]?.dates.at(-1) ?? '',
    tickers: market.length,
    top: Array.from(order.subarray(0, top), (index, place) => ({
      rank: place + 1,
      ticker: market[index]?.ticker ?? '',
      value: rounded(values[index]?.at(-1) ?? NaN),
      averageRank: rounded((sums[index] ?? NaN) / days),
      bestRank: best[index] ?? NaN,
    })),
  };
}

/** Indices, the highest value first; what has no value comes last. */
function orderOf(values: readonly number[]): Uint32Array {
  const key = (index: number): number => {
    const value = values[index];
    return value === undefined || Number.isNaN(value) ? -Infinity : value;
  };
  return Uint32Array.from(values.keys()).toSorted((left, right) => {
    const [a, b] = [key(left), key(right)];
    return a === b ? left - right : b - a;
  });
}
