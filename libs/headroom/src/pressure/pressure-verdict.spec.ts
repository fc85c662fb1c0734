import { describe, expect, it } from 'vitest';

import type { PressureSignal } from './pressure-signal.js';
import { describeReasons, describeSignal, leastTimeToLimit } from './pressure-verdict.js';

const MB = 1024 ** 2;

function signal(
  name: PressureSignal['name'],
  used: number,
  limit: number,
  score = used / limit,
): PressureSignal {
  return { name, used, limit, share: used / limit, score };
}

describe('a signal as a text', () => {
  it('is in megabytes for memory', () => {
    expect(describeSignal(signal('heap', 455 * MB, 500 * MB))).toBe('heap 455/500MB (91 %)');
    expect(describeSignal(signal('working-set', 1843.4 * MB, 2048 * MB))).toBe(
      'working-set 1843/2048MB (90 %)',
    );
  });

  it('is in milliseconds for the event loop', () => {
    expect(describeSignal(signal('event-loop', 1200.4, 1000))).toBe('event-loop 1200/1000ms (120 %)');
  });
});

describe('what is near in time', () => {
  const soon = { ...signal('rss', 250 * MB, 384 * MB, 0.95), timeToLimitMs: 812 };

  it('is told behind the figures', () => {
    expect(describeSignal(soon)).toBe('rss 250/384MB (65 %), limit in 0.8s');
    expect(describeReasons([soon], 0.8)).toEqual(['rss 250/384MB (65 %), limit in 0.8s']);
  });

  it('is the least of all signals, when any has one', () => {
    const calm = signal('heap', 1, 100);
    expect(leastTimeToLimit([calm, { ...calm, timeToLimitMs: 3000 }, soon])).toBe(812);
    expect(leastTimeToLimit([calm])).toBeUndefined();
  });
});

describe('collections that free little', () => {
  it('are told behind the figures', () => {
    const heap = { ...signal('heap', 130 * MB, 160 * MB), isCollectingInVain: true as const };
    expect(describeSignal(heap)).toBe('heap 130/160MB (81 %), collecting in vain');
  });
});

describe('the reasons', () => {
  it('go by the score, and tell the share', () => {
    const loop = signal('event-loop', 3000, 1000, 0.849);
    expect(describeReasons([loop], 0.8)).toEqual(['event-loop 3000/1000ms (300 %)']);
    expect(describeReasons([loop], 0.9)).toEqual([]);
  });

  it('are the signals at or above the threshold, in the order given', () => {
    const signals = [
      signal('rss', 95 * MB, 100 * MB),
      signal('heap', 80 * MB, 100 * MB),
      signal('machine', 79.9 * MB, 100 * MB),
    ];
    expect(describeReasons(signals, 0.8)).toEqual(['rss 95/100MB (95 %)', 'heap 80/100MB (80 %)']);
    expect(describeReasons(signals, 0.99)).toEqual([]);
  });
});
