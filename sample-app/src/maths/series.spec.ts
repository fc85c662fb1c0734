import { describe, expect, it } from 'vitest';
import {
  dailyReturns,
  maxDrawdown,
  momentum,
  movingAverage,
  relativeStrength,
  standardDeviation,
  volatility,
} from './series.js';

const prices = Float64Array.of(100, 110, 99, 108.9, 120);

describe('series', () => {
  it('averages the last values of the window only', () => {
    expect(movingAverage(Float64Array.of(1000, 1, 2, 3), 3)).toBe(2);
  });

  it('has one return less than prices', () => {
    const returns = dailyReturns(prices);
    expect(returns).toHaveLength(4);
    expect(returns[0]).toBeCloseTo(0.1);
    expect(returns[1]).toBeCloseTo(-0.1);
    expect(dailyReturns(new Float64Array(0))).toHaveLength(0);
  });

  it('measures momentum from the day that lies the span back, and nothing before', () => {
    const values = momentum(prices, 2);
    expect([...values.subarray(0, 2)]).toEqual([NaN, NaN]);
    expect(values[2]).toBeCloseTo(-0.01);
    expect(values[4]).toBeCloseTo(120 / 99 - 1);
  });

  it('finds no volatility in steady growth', () => {
    const steady = Float64Array.from({ length: 30 }, (_, day) => 100 * 1.01 ** day);
    expect(volatility(steady, 20).at(-1)).toBeCloseTo(0);
    expect(volatility(steady, 20)[19]).toBeNaN();
  });

  it('takes the sample standard deviation', () => {
    expect(standardDeviation(Float64Array.of(2, 4, 4, 4, 5, 5, 7, 9))).toBeCloseTo(2.138, 3);
  });

  it('finds the deepest fall from a peak', () => {
    expect(maxDrawdown(Float64Array.of(100, 120, 60, 90, 130))).toBeCloseTo(-0.5);
    expect(maxDrawdown(Float64Array.of(1, 2, 3))).toBe(0);
  });
});

describe('relativeStrength', () => {
  it.each([
    ['100 when prices only rise', [1, 2, 3, 4, 5], 100],
    ['0 when prices only fall', [5, 4, 3, 2, 1], 0],
    ['50 when nothing moves', [3, 3, 3, 3, 3], 50],
  ])('is %s', (_, values, expected) => {
    expect(relativeStrength(Float64Array.from(values), 3).at(-1)).toBe(expected);
  });

  it("agrees with the worked example of Wilder's method", () => {
    const closes = Float64Array.of(
      44.34,
      44.09,
      44.15,
      43.61,
      44.33,
      44.83,
      45.1,
      45.42,
      45.84,
      46.08,
      45.89,
      46.03,
      45.61,
      46.28,
      46.28,
      46.0,
      46.03,
    );
    const strengths = relativeStrength(closes, 14);
    expect(strengths[13]).toBeNaN();
    expect(strengths[14]).toBeCloseTo(70.46, 1);
    expect(strengths[15]).toBeCloseTo(66.25, 1);
    expect(strengths[16]).toBeCloseTo(66.48, 1);
  });
});
