import { yieldIfDue } from 'nestjs-headroom';
import { rounded } from '../maths/rounded.js';
import { at } from '../maths/series.js';
import type { PriceSeries } from '../prices/price-series.js';
import type { CorrelationMatrix } from './correlation-matrix.js';
import type { AcrossMarkets, Pair } from './market-report.js';

/** One object per pair, all at once: this is where the memory of a report of all markets goes. */
export async function acrossMarkets(
  series: readonly PriceSeries[],
  matrix: CorrelationMatrix,
  listed: number,
): Promise<AcrossMarkets> {
  const pairs = await pairsAcross(new Map(series.map(({ ticker, market }) => [ticker, market])), matrix);
  const sorted = pairs.toSorted((left, right) => right.correlation - left.correlation);
  return {
    pairs: pairs.length,
    closest: sorted.slice(0, listed),
    mostOpposed: sorted.slice(-listed).toReversed(),
  };
}

async function pairsAcross(
  marketOf: ReadonlyMap<string, string>,
  { tickers, values }: CorrelationMatrix,
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (const [row, left] of tickers.entries()) {
    for (const [column, right] of tickers.entries()) {
      if (column <= row || marketOf.get(left) === marketOf.get(right)) continue;
      pairs.push({ left, right, correlation: rounded(at(values, row * tickers.length + column)) });
    }
    await yieldIfDue();
  }
  return pairs;
}
