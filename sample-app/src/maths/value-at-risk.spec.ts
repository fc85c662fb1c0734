import { describe, expect, it } from 'vitest';
import { seededRandom } from './seeded-random.js';
import { valueAtRisk } from './value-at-risk.js';

describe('valueAtRisk', () => {
  it('is the certain loss when every day loses the same', () => {
    const returns = new Float64Array(20).fill(-0.01);
    const loss = valueAtRisk(returns, { horizon: 10, confidence: 0.95, paths: 50, random: seededRandom(1) });
    expect(loss).toBeCloseTo(1 - 0.99 ** 10);
  });

  it('is nothing when no day loses', () => {
    const returns = new Float64Array(20).fill(0.01);
    expect(valueAtRisk(returns, { horizon: 10, confidence: 0.95, paths: 50, random: seededRandom(1) })).toBe(
      0,
    );
  });

  it('comes near to the formula for normal returns', () => {
    const random = seededRandom(7);
    const returns = Float64Array.from({ length: 5_000 }, () => 0.01 * random.normal());
    const loss = valueAtRisk(returns, { horizon: 10, confidence: 0.95, paths: 20_000, random });
    expect(loss).toBeGreaterThan(0.045);
    expect(loss).toBeLessThan(0.058);
  });
});
