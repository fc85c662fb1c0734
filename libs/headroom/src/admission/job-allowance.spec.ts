import { describe, expect, it } from 'vitest';

import { jobAllowance } from './job-allowance.js';

const THRESHOLDS = { elevated: 0.8, critical: 0.9 };

describe('how many jobs may run at once', () => {
  it('is unbounded when calm, whatever the score', () => {
    for (const score of [0, 0.79, 0.95]) expect(jobAllowance('normal', score, 10, THRESHOLDS)).toBe(Infinity);
  });

  it('is none at critical, also while the score is already below the threshold', () => {
    for (const score of [0.86, 0.9, 2]) expect(jobAllowance('critical', score, 10, THRESHOLDS)).toBe(0);
  });

  it('falls in proportion on the way from elevated to critical', () => {
    const allowances = [0.8, 0.82, 0.84, 0.86, 0.88].map((score) =>
      jobAllowance('elevated', score, 100, THRESHOLDS),
    );
    const exact = [100, 80, 60, 40, 20];
    for (const [index, allowance] of allowances.entries()) {
      expect(Math.abs(allowance - exact[index]!)).toBeLessThanOrEqual(1);
      expect(Number.isInteger(allowance)).toBe(true);
    }
  });

  it('is at least one at elevated, so that nothing starves', () => {
    for (const score of [0.899, 0.9, 0.95, 3])
      expect(jobAllowance('elevated', score, 10, THRESHOLDS)).toBe(1);
    expect(jobAllowance('elevated', 0.8, 0, THRESHOLDS)).toBe(1);
    expect(jobAllowance('elevated', 0.85, 1, THRESHOLDS)).toBe(1);
  });

  it('is not above the concurrency at elevated, when the score is within the exit margin', () => {
    expect(jobAllowance('elevated', 0.76, 10, THRESHOLDS)).toBe(10);
  });
});
