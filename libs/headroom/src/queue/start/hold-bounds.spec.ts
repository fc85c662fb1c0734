import { describe, expect, it } from 'vitest';

import { HoldBounds } from './hold-bounds.js';

describe('how long a job is held', () => {
  it('is what the option says, and no longer than its lock surely lasts', () => {
    const bounds = new HoldBounds();
    expect(bounds.of('1', 15_000, Infinity)).toBe(15_000);
    expect(bounds.of('1', 15_000, 2000)).toBe(2000);
    expect(bounds.of('1', false, 2000)).toBe(Infinity);
  });

  it('doubles each time that it comes back, up to sixteen times, until it has started', () => {
    const bounds = new HoldBounds();
    const held = Array.from({ length: 7 }, () => {
      const ms = bounds.of('1', 1000, Infinity);
      bounds.putOff('1');
      return ms;
    });
    expect(held).toEqual([1000, 2000, 4000, 8000, 16_000, 16_000, 16_000]);
    expect(bounds.of('2', 1000, Infinity)).toBe(1000);
    bounds.started('1');
    expect(bounds.of('1', 1000, Infinity)).toBe(1000);
  });

  it('is remembered for the last thousand jobs', () => {
    const bounds = new HoldBounds();
    for (let id = 0; id <= 1000; id++) bounds.putOff(`${id}`);
    expect(bounds.of('0', 1000, Infinity)).toBe(1000);
    expect(bounds.of('1', 1000, Infinity)).toBe(2000);
  });
});
