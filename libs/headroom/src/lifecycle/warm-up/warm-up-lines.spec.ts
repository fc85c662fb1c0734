import { describe, expect, it } from 'vitest';

import { formatWarmUp } from './warm-up-lines.js';

describe('formatWarmUp', () => {
  it('says how many and how long', () => {
    expect(formatWarmUp({ done: ['CacheService.fill', 'GET /a'], failed: [], tookMs: 2134 }, 'exit')).toBe(
      'warmed up in 2.1s: 2 tasks (CacheService.fill, GET /a)',
    );
    const many = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    expect(formatWarmUp({ done: many, failed: [], tookMs: 40 }, 'ready')).toBe(
      'warmed up in 0.0s: 7 tasks (a, b, c, d, e and 2 more)',
    );
  });

  it.each([
    ['ready', 'the app is ready all the same'],
    ['unready', 'the app stays unready'],
    ['exit', 'the app closes, exit 1'],
  ] as const)('says what failed and what follows: %s', (onFailure, follows) => {
    const failed = [{ name: 'GET /a', why: 'answered 500' }];
    expect(formatWarmUp({ done: ['b'], failed, tookMs: 1000 }, onFailure)).toBe(
      `warm-up failed: GET /a: answered 500; 1 of 2 tasks done in 1.0s; ${follows} (warmUp.onFailure)`,
    );
  });
});
