import { describe, expect, it } from 'vitest';
import { ExtremesFinder } from './extremes.js';
import { seededRandom } from './seeded-random.js';

describe('ExtremesFinder', () => {
  it('finds what sorting would have found', () => {
    const random = seededRandom(3);
    const values = Array.from({ length: 500 }, () => random.normal());
    const finder = new ExtremesFinder<number>(5, (value) => value);
    for (const value of values) finder.add(value);

    const sorted = values.toSorted((left, right) => left - right);
    expect(finder.found().lowest).toEqual(sorted.slice(0, 5));
    expect(finder.found().highest).toEqual(sorted.slice(-5).toReversed());
  });

  it('lists all there is when there are fewer', () => {
    const finder = new ExtremesFinder<number>(5, (value) => value);
    for (const value of [2, 1, 3]) finder.add(value);
    expect(finder.found()).toEqual({ highest: [3, 2, 1], lowest: [1, 2, 3] });
  });
});
