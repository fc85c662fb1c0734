import { describe, expect, it } from 'vitest';

import type { PressureLevel } from '../pressure/index.js';
import { FULL_SHARE, jobLimit, nextShare } from './job-share.js';

const THRESHOLDS = { elevated: 0.8, critical: 0.9 };

/** The share after these samples. */
function after(
  samples: readonly (readonly [PressureLevel, number])[],
  { from = FULL_SHARE, isUsed = true } = {},
): number {
  return samples.reduce(
    (state, [level, score]) => nextShare(state, { level, score, inLevelForMs: 0 }, THRESHOLDS, isUsed),
    from,
  ).share;
}

describe('the share of its concurrency that a worker may use', () => {
  it('is whole when calm', () => {
    expect(after([['normal', 0.1]])).toBe(1);
    expect(after([['normal', 0.79]])).toBe(1);
  });

  it('is none at critical, also while the score is already below the threshold', () => {
    for (const score of [0.86, 0.9, 2]) expect(after([['critical', score]])).toBe(0);
  });

  it('falls at once to what is left of the way from elevated to critical', () => {
    for (const [score, left] of [
      [0.82, 0.8],
      [0.85, 0.5],
      [0.88, 0.2],
      [0.95, 0],
    ] as const) {
      expect(after([['elevated', score]])).toBeCloseTo(left);
    }
  });

  it('falls by a tenth with each sample that climbs, where that is lower', () => {
    expect(after([['elevated', 0.8]])).toBeCloseTo(0.9);
    const climbing = [0.8, 0.81, 0.82].map((score) => ['elevated', score] as const);
    expect(after(climbing)).toBeCloseTo(0.9 ** 3);
  });

  it('does not fall with a score that stays', () => {
    const state = { share: 0.5, score: 0.82 };
    expect(after([['elevated', 0.825]], { from: state, isUsed: false })).toBe(0.5);
  });

  it('rises by a tenth per sample once pressure has fallen, and not beyond the whole', () => {
    const calm = Array.from({ length: 9 }, () => ['normal', 0.5] as const);
    expect(after([['critical', 0.95], ...calm])).toBeCloseTo(0.9);
    expect(after([['critical', 0.95], ...calm, ['normal', 0.5]])).toBe(1);
    expect(after([['critical', 0.95], ...calm, ...calm])).toBe(1);
  });

  it('rises at elevated too, as slowly, up to what is left of the way', () => {
    const samples = Array.from({ length: 8 }, () => ['elevated', 0.85] as const);
    expect(after([['critical', 0.95], ...samples.slice(0, 2)])).toBeCloseTo(0.2);
    expect(after([['critical', 0.95], ...samples])).toBeCloseTo(0.5);
  });

  it('does not rise while it is not used', () => {
    expect(after([['normal', 0.5]], { from: { share: 0.3, score: 0.85 }, isUsed: false })).toBe(0.3);
  });

  it('is whole after half a minute of calm, used or not', () => {
    const shares = [29_000, 30_000].map((inLevelForMs) =>
      nextShare({ share: 0, score: 0.9 }, { level: 'normal', score: 0.1, inLevelForMs }, THRESHOLDS, false),
    );
    expect(shares.map(({ share }) => share)).toEqual([0, 1]);
  });
});

describe('how many jobs of one worker may run', () => {
  it('is left to BullMQ with a whole share', () => {
    expect(jobLimit('normal', 1, 10)).toBe(Infinity);
  });

  it('is its share of the concurrency, rounded down', () => {
    expect([0.1, 0.25, 0.7, 0.99].map((share) => jobLimit('normal', share, 10))).toEqual([1, 2, 7, 9]);
    expect(jobLimit('elevated', 0.1 + 0.1 + 0.1, 10)).toBe(3);
  });

  it('is at least one below critical', () => {
    expect([1, 3, 50].map((concurrency) => jobLimit('elevated', 0, concurrency))).toEqual([1, 1, 1]);
  });

  it('is none at critical', () => {
    expect(jobLimit('critical', 1, 10)).toBe(0);
  });
});
