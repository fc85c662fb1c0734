import type { SeededRandom } from './seeded-random.js';
import { at } from './series.js';

export interface ValueAtRiskOptions {
  /** Days that are looked ahead. */
  readonly horizon: number;
  /** How sure the answer is, 0 to 1. */
  readonly confidence: number;
  /** How many futures are drawn. */
  readonly paths: number;
  readonly random: SeededRandom;
}

/**
 * The loss, as a positive share, that is exceeded with a chance of `1 - confidence`: futures are drawn from
 * the past returns (bootstrap) and sorted.
 */
export function valueAtRisk(returns: Float64Array, options: ValueAtRiskOptions): number {
  const { horizon, confidence, paths, random } = options;
  const outcomes = new Float64Array(paths);
  for (let path = 0; path < paths; path++) {
    let worth = 1;
    for (let day = 0; day < horizon; day++) {
      worth *= 1 + at(returns, Math.floor(random.uniform() * returns.length));
    }
    outcomes[path] = worth - 1;
  }
  outcomes.sort();
  return Math.max(0, -at(outcomes, Math.floor((1 - confidence) * paths)));
}
