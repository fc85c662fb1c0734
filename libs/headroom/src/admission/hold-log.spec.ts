import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { SafeLogger } from '../listeners/index.js';
import type { PressureVerdict } from '../pressure/index.js';
import { HoldLog } from './hold-log.js';

const VERDICT = { level: 'critical', reasons: ['rss 95/100MB (95 %)'] } as unknown as PressureVerdict;

function setUp(isObserving = false) {
  const lines: string[] = [];
  const keep = (line: string) => void lines.push(line);
  return { lines, log: new HoldLog({ log: keep, warn: keep } as unknown as SafeLogger, isObserving) };
}

describe('HoldLog', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
  afterEach(() => vi.useRealTimers());

  it('reminds once a minute, and says since when', () => {
    const { lines, log } = setUp();
    const firstHeldAt = performance.now();
    log.held(VERDICT);
    for (let second = 0; second < 150; second++) {
      vi.advanceTimersByTime(1000);
      log.stillHeld(3, firstHeldAt, VERDICT);
    }
    const told = 'pressure is critical (rss 95/100MB (95 %))';
    expect(lines).toEqual([
      `holding jobs: ${told}; they keep their locks and start by themselves when it falls`,
      `still holding 3 jobs, the first for 60s: ${told}`,
      `still holding 3 jobs, the first for 120s: ${told}`,
    ]);
  });

  it('counts anew in each episode', () => {
    const { lines, log } = setUp();
    log.held(VERDICT);
    log.held(VERDICT);
    log.over();
    expect(log.isOpen).toBe(false);
    log.held(VERDICT);
    expect(log.isOpen).toBe(true);
    log.over();
    expect(lines.filter((line) => line.startsWith('starting'))).toEqual([
      'starting jobs again: 2 jobs had been held',
      'starting jobs again: 1 job had been held',
    ]);
  });

  it('says that nothing is held when it only observes', () => {
    const { lines, log } = setUp(true);
    log.held(VERDICT);
    log.over();
    expect(lines).toEqual([
      'would hold jobs: pressure is critical (rss 95/100MB (95 %)); mode is observe, so they start',
      'would have held 1 job until now',
    ]);
  });
});
