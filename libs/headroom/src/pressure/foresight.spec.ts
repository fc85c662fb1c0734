import { describe, expect, it } from 'vitest';

import { foreseen, horizonMs } from './foresight.js';
import { MemoryHistory } from './memory-history.js';
import { CALM, type LevelState, nextLevel, type PressureLevel } from './pressure-level.js';
import { signal } from './pressure-signal.js';

const HORIZON = 2000;

/** Shares in percent of the limit, growth in percent per second. */
const score = (share: number, growth: number) => foreseen(signal('rss', share, 100), growth, HORIZON).score;
const timeToLimit = (share: number, growth: number) =>
  foreseen(signal('rss', share, 100), growth, HORIZON).timeToLimitMs;

describe('the horizon', () => {
  it('is what it takes to change the level, and then to feel it', () => {
    expect(horizonMs(2, 250)).toBe(2000);
    expect(horizonMs(2, 50)).toBe(1600);
  });

  it('is no further away than two intervals can tell', () => {
    expect(horizonMs(100, 10_000)).toBe(5000);
  });
});

describe('the time to the limit', () => {
  it('is the room divided by the growth', () => {
    expect(timeToLimit(60, 20)).toBe(2000);
    expect(timeToLimit(80, 4)).toBe(5000);
    expect(timeToLimit(10, 90)).toBe(1000);
  });

  it('is not told without growth, beyond the limit, and when it is more than ten seconds', () => {
    expect(timeToLimit(80, 0)).toBeUndefined();
    expect(timeToLimit(101, 50)).toBeUndefined();
    expect(timeToLimit(80, 1.9)).toBeUndefined();
  });
});

describe('the score', () => {
  it('is the share that will be reached in half of the horizon', () => {
    expect(score(60, 20)).toBeCloseTo(0.8);
    expect(score(70, 25)).toBeCloseTo(0.95);
  });

  it('is 1 at most', () => {
    expect(score(60, 40)).toBe(1);
    expect(score(90, 5000)).toBe(1);
  });

  it('is the share while the limit is further away than the horizon', () => {
    expect(score(60, 19)).toBe(0.6);
    expect(score(85, 5)).toBe(0.85);
  });

  it('is the share while that is low: an app that starts grows', () => {
    expect(score(59, 5000)).toBe(0.59);
    expect(score(10, 80)).toBe(0.1);
  });

  it('does not take back what is over the limit', () => {
    expect(score(130, 100)).toBe(1.3);
  });
});

describe('over a series of samples the level', () => {
  const THRESHOLDS = { elevated: 0.8, critical: 0.9, exitMargin: 0.05, samplesToChange: 2 };

  /** The level after each share (in percent), a quarter of a second apart. */
  function levels(shares: readonly number[]): PressureLevel[] {
    const history = new MemoryHistory();
    let state: LevelState = CALM;
    return shares.map((share, index) => {
      const rss = signal('rss', share, 100);
      const judged = foreseen(rss, history.growthOf(rss, index * 250), HORIZON);
      return (state = nextLevel(state, judged.score, THRESHOLDS)).level;
    });
  }

  it('is critical while there is room left, when memory climbs fast', () => {
    expect(levels([40, 50, 60, 70, 80])).toEqual(['normal', 'normal', 'normal', 'critical', 'critical']);
  });

  it('is elevated first when it climbs less fast', () => {
    const climb = levels(Array.from({ length: 14 }, (_, index) => 55 + 3 * index));
    expect(climb.indexOf('elevated')).toBeLessThan(10);
    expect(climb.indexOf('critical')).toBeGreaterThan(climb.indexOf('elevated'));
    expect(55 + 3 * climb.indexOf('critical')).toBeLessThan(90);
  });

  it('stays normal with a jump, and with one that comes in two steps', () => {
    for (const series of [
      [40, 40, 75, 75, 75, 75],
      [40, 60, 75, 75, 75, 75],
      [40, 75, 40, 75, 40, 75, 40],
    ]) {
      expect(new Set(levels(series))).toEqual(new Set(['normal']));
    }
  });

  it('stays normal while an app starts', () => {
    expect(new Set(levels([5, 15, 25, 35, 45, 55, 58, 58, 58]))).toEqual(new Set(['normal']));
  });

  it('stays normal in a slow climb, until a threshold is reached', () => {
    const slow = levels(Array.from({ length: 24 }, (_, index) => 68 + index / 2));
    expect(new Set(slow)).toEqual(new Set(['normal']));
  });
});
