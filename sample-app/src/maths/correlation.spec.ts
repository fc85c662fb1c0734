import { describe, expect, it } from 'vitest';
import { correlation, standardised } from './correlation.js';

const correlate = (left: number[], right: number[]): number =>
  correlation(standardised(Float64Array.from(left)), standardised(Float64Array.from(right)));

describe('correlation', () => {
  it('is 1 for series that move together, whatever their scale', () => {
    expect(correlate([1, 2, 3, 4], [10, 30, 50, 70])).toBeCloseTo(1);
  });

  it('is -1 for series that move against each other', () => {
    expect(correlate([1, 2, 3, 4], [4, 3, 2, 1])).toBeCloseTo(-1);
  });

  it('is 0 for a series that does not move', () => {
    expect(correlate([1, 2, 3, 4], [5, 5, 5, 5])).toBe(0);
  });
});
