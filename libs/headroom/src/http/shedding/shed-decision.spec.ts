import { describe, expect, it } from 'vitest';

import type { PressureLevel } from '../../pressure/index.js';
import { severity, shedShare } from './shed-decision.js';
import { PRIORITIES } from '../../admission/index.js';

const THRESHOLDS = { elevated: 0.8, critical: 0.9 };

function shares(level: PressureLevel, score: number, thresholds = THRESHOLDS): number[] {
  return PRIORITIES.map((priority) => Number(shedShare(priority, { level, score }, thresholds).toFixed(6)));
}

describe('the share that is shed, of critical, normal and sheddable', () => {
  it.each([
    ['elevated', 0.8, [0, 0, 0]],
    ['elevated', 0.84, [0, 0, 0.4]],
    ['elevated', 0.899, [0, 0, 0.99]],
    ['critical', 0.9, [0, 0, 1]],
    ['critical', 0.92, [0, 0.4, 1]],
    ['critical', 0.95, [0, 1, 1]],
    ['critical', 0.98, [0, 1, 1]],
    ['critical', 0.99, [0.5, 1, 1]],
    ['critical', 1, [1, 1, 1]],
    ['critical', 1.3, [1, 1, 1]],
  ] as const)('%s at %f', (level, score, expected) => {
    expect(shares(level, score)).toEqual(expected);
  });

  it('is none while the level is normal: a spike sheds nobody', () => {
    expect(shares('normal', 1.2)).toEqual([0, 0, 0]);
  });

  it('is of sheddable only below critical: the level, not the score, has the hysteresis', () => {
    expect(shares('elevated', 0.97)).toEqual([0, 0, 1]);
  });

  it('falls with the score while the level is still left behind', () => {
    expect(shares('critical', 0.87)).toEqual([0, 0, 0.7]);
    expect(shares('elevated', 0.76)).toEqual([0, 0, 0]);
  });

  it('follows the thresholds', () => {
    const thresholds = { elevated: 0.4, critical: 0.6 };
    expect(shares('elevated', 0.5, thresholds)).toEqual([0, 0, 0.5]);
    expect(shares('critical', 0.7, thresholds)).toEqual([0, 0.5, 1]);
    expect(shares('critical', 0.8, thresholds)).toEqual([0, 1, 1]);
    expect(shares('critical', 0.96, thresholds)).toEqual([0.5, 1, 1]);
  });

  it('is all at the limit where critical is the limit itself', () => {
    const thresholds = { elevated: 0.9, critical: 1 };
    expect(shares('elevated', 0.999, thresholds)).toEqual([0, 0, 0.99]);
    expect(shares('critical', 1, thresholds)).toEqual([1, 1, 1]);
  });

  it('never grows with the priority, and never falls with the score', () => {
    for (const level of ['elevated', 'critical'] as const) {
      let before = [0, 0, 0];
      for (let score = 0.7; score < 1.1; score += 0.001) {
        const now = shares(level, score);
        expect(now).toEqual(now.toSorted((a, b) => a - b));
        for (const [index, share] of now.entries()) expect(share).toBeGreaterThanOrEqual(before[index]!);
        before = now;
      }
    }
  });
});

describe('severity', () => {
  it.each([
    [0.5, 0],
    [0.8, 0],
    [0.9, 0.5],
    [1, 1],
    [2, 1],
  ])('of %f is %f', (score, expected) => {
    expect(severity(score, THRESHOLDS)).toBeCloseTo(expected);
  });
});
