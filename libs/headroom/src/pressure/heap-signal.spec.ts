import { describe, expect, it } from 'vitest';

import type { VitalsSample } from '../vitals/index.js';
import { heapSignal } from './heap-signal.js';

const MB = 1024 ** 2;
const BELOW_CRITICAL = 0.849;

interface Survivors {
  survived: number;
  oldSpace?: number;
  perSecond?: number;
  paused?: number;
}

/** Sizes in MB, against a ceiling of 200 MB with 160 MB of old space. */
function heapOf(used: number, survivors?: Survivors) {
  const sample: VitalsSample = {
    at: 0,
    heapUsedBytes: used * MB,
    heapCeilingBytes: 200 * MB,
    rssBytes: 0,
    externalBytes: 0,
    arrayBuffersBytes: 0,
    workingSetBytes: undefined,
    workingSetLimitBytes: undefined,
    machineAvailableBytes: undefined,
    eventLoop: { maxDelayMs: 0, p99DelayMs: 0, utilization: 0 },
    samplerLateMs: 0,
    ...(survivors && {
      heapSurvivors: {
        bytes: survivors.survived * MB,
        limitBytes: (survivors.oldSpace ?? 160) * MB,
        ageMs: 0,
        collectionsPerSecond: survivors.perSecond ?? 1,
        pausedShare: survivors.paused ?? 0.02,
      },
    }),
  };
  return heapSignal(sample, BELOW_CRITICAL);
}

describe('a heap of which nobody knows what is garbage', () => {
  it('is judged by its share of the ceiling', () => {
    expect(heapOf(100)).toEqual({ name: 'heap', used: 100 * MB, limit: 200 * MB, share: 0.5, score: 0.5 });
  });

  it('is held below critical, and still tells the real figures', () => {
    expect(heapOf(190)).toMatchObject({ used: 190 * MB, share: 0.95, score: BELOW_CRITICAL });
  });
});

describe('a heap whose survivors are known', () => {
  it('is held below critical while the rest is garbage, as high as that may climb', () => {
    for (const used of [184, 199, 250]) {
      expect(heapOf(used, { survived: 60 })).toMatchObject({ used: used * MB, score: BELOW_CRITICAL });
    }
  });

  it('is judged by them when they are the worse share: of what survivors may fill, not of the ceiling', () => {
    expect(heapOf(150, { survived: 148 })).toEqual({
      name: 'heap',
      used: 148 * MB,
      limit: 160 * MB,
      share: 0.925,
      score: 0.925,
    });
  });

  it('is never judged by more than is in use now', () => {
    expect(heapOf(120, { survived: 150 })).toMatchObject({ used: 120 * MB, limit: 160 * MB, score: 0.75 });
  });
});

describe('a heap that V8 collects in vain', () => {
  it.each([
    ['many collections', { perSecond: 4 }],
    ['long pauses', { paused: 0.3 }],
  ])('is critical before V8 gives up at 80 %%: %s', (_what, busy) => {
    const signal = heapOf(126, { survived: 124, ...busy });
    expect(signal).toMatchObject({ used: 124 * MB, limit: 160 * MB, share: 0.775, isCollectingInVain: true });
    expect(signal.score).toBeGreaterThan(0.9);
  });

  it('is not one with many live objects and ordinary garbage', () => {
    const signal = heapOf(150, { survived: 131, perSecond: 2, paused: 0.1 });
    expect(signal.score).toBeLessThan(0.85);
    expect(signal).not.toHaveProperty('isCollectingInVain');
  });

  it('is not critical for being collected often when little survives', () => {
    expect(heapOf(100, { survived: 60, perSecond: 25, paused: 0.5 }).score).toBe(0.5);
  });
});
