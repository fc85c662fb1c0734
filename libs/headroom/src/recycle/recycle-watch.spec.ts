import { describe, expect, it } from 'vitest';

import { type ProcessFacts, type RecycleLimits, RecycleWatch, withJitter } from './recycle-watch.js';

const MINUTE = 60_000;
const NONE: RecycleLimits = {
  maxRssBytes: undefined,
  graceMs: MINUTE,
  maxJobs: undefined,
  maxUptimeMs: undefined,
  minUptimeMs: 0,
};

function facts(uptimeMs: number, rest: Partial<ProcessFacts> = {}): ProcessFacts {
  return { uptimeMs, rssBytes: 100, jobs: 0, ...rest };
}

describe('a process is replaced', () => {
  it('never, without limits', () => {
    const watch = new RecycleWatch(NONE);
    expect(watch.judge(facts(1e12, { rssBytes: 1e12, jobs: 1e9 }))).toBeUndefined();
  });

  it('when RSS stays above its limit for the grace time', () => {
    const watch = new RecycleWatch({ ...NONE, maxRssBytes: 200 });
    expect(watch.judge(facts(0, { rssBytes: 200 }))).toBeUndefined();
    expect(watch.judge(facts(MINUTE - 1, { rssBytes: 300 }))).toBeUndefined();
    expect(watch.aboveMs(facts(MINUTE - 1))).toBe(MINUTE - 1);
    expect(watch.judge(facts(MINUTE, { rssBytes: 200 }))).toBe('rss');
  });

  it('not for peaks: once below, the time begins anew', () => {
    const watch = new RecycleWatch({ ...NONE, maxRssBytes: 200 });
    watch.judge(facts(0, { rssBytes: 300 }));
    watch.judge(facts(MINUTE / 2, { rssBytes: 199 }));
    expect(watch.aboveMs(facts(MINUTE / 2))).toBeUndefined();
    watch.judge(facts(MINUTE / 2 + 1, { rssBytes: 300 }));
    expect(watch.judge(facts(MINUTE + 1, { rssBytes: 300 }))).toBeUndefined();
  });

  it('after so many jobs, or so much time', () => {
    const watch = new RecycleWatch({ ...NONE, maxJobs: 10, maxUptimeMs: 5 * MINUTE });
    expect(watch.judge(facts(1, { jobs: 9 }))).toBeUndefined();
    expect(watch.judge(facts(1, { jobs: 10 }))).toBe('jobs');
    expect(watch.judge(facts(5 * MINUTE))).toBe('uptime');
  });

  it('never before the least uptime: it would be restarted for ever', () => {
    const limits = {
      ...NONE,
      maxRssBytes: 1,
      graceMs: 0,
      maxJobs: 1,
      maxUptimeMs: MINUTE,
      minUptimeMs: 10 * MINUTE,
    };
    const watch = new RecycleWatch(limits);
    const all = { rssBytes: 1e9, jobs: 1e9 };
    expect(watch.judge(facts(10 * MINUTE - 1, all))).toBeUndefined();
    expect(watch.judge(facts(10 * MINUTE, all))).toBe('rss');
  });
});

describe('jitter', () => {
  it('lowers each limit by a part of its own, and raises none', () => {
    const draws = [0, 0.5, 1];
    const limits = { ...NONE, maxRssBytes: 1000, maxJobs: 1000, maxUptimeMs: 1000 };
    expect(withJitter(limits, 0.1, () => draws.shift()!)).toEqual({
      ...limits,
      maxRssBytes: 1000,
      maxJobs: 950,
      maxUptimeMs: 900,
    });
  });

  it('makes no limit where there is none', () => {
    expect(withJitter(NONE, 0.5, () => 1)).toEqual(NONE);
  });
});
