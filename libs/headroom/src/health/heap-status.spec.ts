import { describe, expect, it } from 'vitest';

import type { VitalsSample } from '../vitals/index.js';
import { heapStatus } from './heap-status.js';

const MB = 1024 ** 2;

function sampleOf(usedMb: number, survivedMb?: number): VitalsSample {
  const survivors = { limitBytes: 90 * MB, collectionsPerSecond: 0, pausedShare: 0, ageMs: 0 };
  return {
    heapUsedBytes: usedMb * MB,
    heapCeilingBytes: 100 * MB,
    ...(survivedMb !== undefined && { heapSurvivors: { ...survivors, bytes: survivedMb * MB } }),
  } as VitalsSample;
}

describe('the heap', () => {
  it.each([
    ['is up while there is room', sampleOf(70), 'up'],
    ['is degraded from its threshold on', sampleOf(80), 'degraded'],
    [
      'is degraded, and not down, as long as no collection has told what is garbage',
      sampleOf(95),
      'degraded',
    ],
    ['is degraded, and not down, when it is full of garbage', sampleOf(95, 40), 'degraded'],
    ['is down by what survived', sampleOf(95, 85), 'down'],
    ['is not down by what survived and is free by now', sampleOf(50, 85), 'up'],
  ])('%s', (_title, sample, status) => {
    expect(heapStatus(sample, { degradedAt: 0.8, downAt: 0.9 })).toBe(status);
  });

  it('is degraded in place of down, where both begin at the same share', () => {
    expect(heapStatus(sampleOf(95, 40), { degradedAt: 0.9, downAt: 0.9 })).toBe('degraded');
  });
});
