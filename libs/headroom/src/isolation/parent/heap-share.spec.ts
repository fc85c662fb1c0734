import { describe, expect, it } from 'vitest';

import { heapShare } from './heap-share.js';

const MB = 1024 ** 2;

describe("a child's heap", () => {
  it('is three quarters of its share of what the parent leaves of the budget', () => {
    expect(heapShare(900 * MB, 100 * MB, 2)).toBe(300 * MB);
    expect(heapShare(900 * MB, 100 * MB, 1)).toBe(600 * MB);
  });

  it('is enough for Node to start, and no more than on a large machine', () => {
    expect(heapShare(100 * MB, 200 * MB, 4)).toBe(64 * MB);
    expect(heapShare(64_000 * MB, 100 * MB, 2)).toBe(4096 * MB);
  });
});
