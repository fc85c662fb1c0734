import { describe, expect, it } from 'vitest';

import { isWornOut, lifeOf } from './recycle-plan.js';

const life = { maxTasks: 100, maxRssBytes: 500 };

describe('a warm child', () => {
  it('is replaced after its tasks', () => {
    expect(isWornOut({ tasks: 99, rssBytes: 1 }, life)).toBe(false);
    expect(isWornOut({ tasks: 100, rssBytes: 1 }, life)).toBe(true);
  });

  it('is replaced when it has grown, where that can be told', () => {
    expect(isWornOut({ tasks: 1, rssBytes: 501 }, life)).toBe(true);
    expect(isWornOut({ tasks: 1, rssBytes: undefined }, life)).toBe(false);
  });

  it('lives somewhat less than others by chance, and for one task at least', () => {
    expect(lifeOf(life, 0.1, 0)).toEqual(life);
    expect(lifeOf(life, 0.1, 1).maxTasks).toBe(90);
    expect(lifeOf({ ...life, maxTasks: 1 }, 0.5, 1).maxTasks).toBe(1);
  });
});
