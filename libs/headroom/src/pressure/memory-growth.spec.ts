import { describe, expect, it } from 'vitest';

import { growthPerSecond } from './memory-growth.js';

/** Values a quarter of a second apart. */
const growth = (...values: number[]) =>
  growthPerSecond(values.map((bytes, index) => ({ atMs: index * 250, bytes })));

describe('growth per second', () => {
  it('is that of a steady climb', () => {
    expect(growth(100, 110, 120)).toBe(40);
    expect(growth(0, 0, 0, 100, 110, 120)).toBe(40);
  });

  it('is the slower of the last two intervals', () => {
    expect(growth(100, 110, 130)).toBe(40);
    expect(growth(100, 120, 130)).toBe(40);
  });

  it('is none for a jump with a plateau behind it, or before it', () => {
    expect(growth(100, 100, 300)).toBe(0);
    expect(growth(100, 300, 300)).toBe(0);
  });

  it('is none for a spike, and for memory that falls', () => {
    expect(growth(100, 300, 100)).toBe(0);
    expect(growth(300, 200, 100)).toBe(0);
  });

  it('needs three values', () => {
    expect(growth()).toBe(0);
    expect(growth(100)).toBe(0);
    expect(growth(100, 300)).toBe(0);
  });

  it('is none when the clock stands still or goes back', () => {
    for (const times of [
      [0, 250, 250],
      [0, 250, 100],
      [250, 0, 250],
    ]) {
      expect(growthPerSecond(times.map((atMs, index) => ({ atMs, bytes: index * 100 })))).toBe(0);
    }
  });
});
