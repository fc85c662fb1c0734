import { expect, it } from 'vitest';

import { retryAfter } from './retry-after.js';

it('is the base where it begins, and four times as much at the edge', () => {
  expect(retryAfter(5, 0, 0)).toBe(5);
  expect(retryAfter(5, 0.5, 0)).toBe(13);
  expect(retryAfter(5, 1, 0)).toBe(20);
});

it('is up to a half more by chance', () => {
  expect(retryAfter(10, 0, 0.5)).toBe(13);
  expect(retryAfter(10, 0, 0.999)).toBe(15);
  expect(retryAfter(10, 1, 0.999)).toBe(60);
});

it('is whole seconds, at least the base, at least one', () => {
  for (const base of [1, 2, 3, 7, 3600]) {
    for (let severity = 0; severity <= 1; severity += 0.1) {
      for (let random = 0; random < 1; random += 0.1) {
        const seconds = retryAfter(base, severity, random);
        expect(Number.isInteger(seconds)).toBe(true);
        expect(seconds).toBeGreaterThanOrEqual(base);
        expect(seconds).toBeLessThanOrEqual(base * 6);
      }
    }
  }
});
