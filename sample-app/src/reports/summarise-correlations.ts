import { yieldIfDue } from 'nestjs-headroom';
import { ExtremesFinder } from '../maths/extremes.js';
import { rounded } from '../maths/rounded.js';
import { at } from '../maths/series.js';
import type { CorrelationMatrix } from './correlation-matrix.js';
import type { Correlations, Pair } from './market-report.js';

/** Looks at every pair once. */
export async function summariseCorrelations(
  { tickers, values }: CorrelationMatrix,
  listed: number,
): Promise<Correlations> {
  const extremes = new ExtremesFinder<Pair>(listed, ({ correlation }) => correlation);
  let sum = 0;
  let pairs = 0;
  for (const [row, left] of tickers.entries()) {
    for (const [column, right] of tickers.entries()) {
      if (column <= row) continue;
      const correlation = at(values, row * tickers.length + column);
      extremes.add({ left, right, correlation });
      sum += correlation;
      pairs += 1;
    }
    await yieldIfDue();
  }
  const { highest, lowest } = extremes.found();
  return {
    mean: pairs === 0 ? 0 : rounded(sum / pairs),
    closest: highest.map(roundedPair),
    mostOpposed: lowest.map(roundedPair),
  };
}

function roundedPair(pair: Pair): Pair {
  return { ...pair, correlation: rounded(pair.correlation) };
}
