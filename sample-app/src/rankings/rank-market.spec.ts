import { describe, expect, it } from 'vitest';
import type { PriceSeries } from '../prices/price-series.js';
import { rankMarket } from './rank-market.js';

const DAYS = 80;

function growing(ticker: string, perDay: number, days = DAYS): PriceSeries {
  const close = Float64Array.from({ length: days }, (_, day) => 100 * (1 + perDay) ** day);
  const dates = Array.from({ length: days }, (_, day) => `day ${day + 1}`);
  return { ticker, market: 'XTST', dates, open: close, high: close, low: close, close, volume: close };
}

describe('rankMarket', () => {
  const options = { market: 'XTST', measure: 'momentum', days: 10, top: 2 } as const;

  it('lists the best first, with the places they held', () => {
    const ranking = rankMarket(
      [growing('SLOW.X', 0.001), growing('FAST.X', 0.02), growing('FALL.X', -0.01)],
      options,
    );
    expect(ranking).toMatchObject({ market: 'XTST', measure: 'momentum', asOf: 'day 80', tickers: 3 });
    expect(ranking.top.map(({ ticker }) => ticker)).toEqual(['FAST.X', 'SLOW.X']);
    expect(ranking.top[0]).toMatchObject({ rank: 1, averageRank: 1, bestRank: 1 });
    expect(ranking.top[1]).toMatchObject({ rank: 2, averageRank: 2, bestRank: 2 });
  });

  it('places tickers with too short a history last', () => {
    const ranking = rankMarket([growing('YOUN.X', 0.5, 20), growing('FALL.X', -0.01)], options);
    expect(ranking.top.map(({ ticker }) => ticker)).toEqual(['FALL.X', 'YOUN.X']);
  });

  it('ranks an empty market', () => {
    expect(rankMarket([], options)).toMatchObject({ tickers: 0, top: [], asOf: '' });
  });
});
