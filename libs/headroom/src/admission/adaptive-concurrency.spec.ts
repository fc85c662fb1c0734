import { describe, expect, it } from 'vitest';

import type { PressureLevel, PressureVerdict } from '../pressure/index.js';
import { AdaptiveConcurrency } from './adaptive-concurrency.js';

const verdict = (level: PressureLevel, score: number) =>
  ({ level, score, inLevelForMs: 0 }) as PressureVerdict;

function setUp() {
  const adaptive = new AdaptiveConcurrency({ elevated: 0.8, critical: 0.9 });
  const judge = (level: PressureLevel, score: number, use: { placed?: number; isShort?: boolean } = {}) =>
    adaptive.judge(verdict(level, score), { placed: 0, concurrency: 10, isShort: false, ...use });
  return { adaptive, judge };
}

describe('adaptive concurrency', () => {
  it('restricts nothing in a process that was never under pressure', () => {
    const { adaptive, judge } = setUp();
    for (const score of [0.1, 0.7, 0.2, 0.79]) judge('normal', score);
    expect(adaptive.isRestricting).toBe(false);
    expect(adaptive.limit('normal', 10)).toBe(Infinity);
    expect(adaptive.rampMs(1000, 0)).toBe(0);
  });

  it('does not ramp on the way up to critical: there is nothing to recover from', () => {
    const { adaptive, judge } = setUp();
    judge('elevated', 0.82);
    adaptive.started(1, 1000);
    expect(adaptive.rampMs(1, 1000)).toBe(0);
    expect(adaptive.limit('elevated', 10)).toBe(8);
  });

  it('ramps from nothing after critical, until the share is whole and no job is short of a place', () => {
    const { adaptive, judge } = setUp();
    judge('critical', 0.95, { placed: 8 });
    judge('normal', 0.5, { placed: 8 });
    adaptive.started(9, 1000);
    expect(adaptive.rampMs(9, 1000)).toBe(50);
    for (let sample = 0; sample < 9; sample++) judge('normal', 0.5, { placed: 5, isShort: true });
    expect(adaptive.share).toBe(1);
    judge('normal', 0.5, { isShort: true });
    expect(adaptive.isRestricting).toBe(true);
    judge('normal', 0.5);
    expect(adaptive.isRestricting).toBe(false);
  });

  it('raises the share only while half of it is used, or a job waits for it', () => {
    const { adaptive, judge } = setUp();
    judge('elevated', 0.86);
    const before = adaptive.share;
    judge('normal', 0.5, { placed: 1 });
    expect(adaptive.share).toBe(before);
    judge('normal', 0.5, { placed: 2 });
    expect(adaptive.share).toBeCloseTo(before + 0.1);
    judge('normal', 0.5, { isShort: true });
    expect(adaptive.share).toBeCloseTo(before + 0.2);
  });

  it('follows a concurrency that the user changes', () => {
    const { adaptive, judge } = setUp();
    judge('elevated', 0.85);
    expect([10, 4, 1].map((concurrency) => adaptive.limit('elevated', concurrency))).toEqual([5, 2, 1]);
  });
});
