import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { SafeLogger } from '../listeners/index.js';
import type { PressureVerdict } from '../pressure/index.js';
import { HoldLog } from './hold-log.js';
import type { HoldReason } from './job-events.js';

const CRITICAL = { level: 'critical', reasons: ['rss 95/100MB (95 %)'] } as unknown as PressureVerdict;
const NORMAL = { level: 'normal', reasons: [] } as unknown as PressureVerdict;
const TOLD = 'pressure is critical (rss 95/100MB (95 %))';

const oldest = (reason: HoldReason = 'pressure') => ({
  since: performance.now(),
  reason,
  cost: { key: 'reports:build' },
});

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
    const first = oldest();
    log.held('pressure', 'reports:build', CRITICAL);
    for (let second = 0; second < 150; second++) {
      vi.advanceTimersByTime(1000);
      log.stillHeld(3, first, CRITICAL);
    }
    expect(lines).toEqual([
      `holding jobs: ${TOLD}; they keep their locks and start by themselves when it has fallen`,
      `still holding 3 jobs, the first for 60s: ${TOLD}`,
      `still holding 3 jobs, the first for 120s: ${TOLD}`,
    ]);
  });

  it('counts anew in each episode', () => {
    const { lines, log } = setUp();
    log.held('pressure', 'reports:build', CRITICAL);
    log.held('pressure', 'reports:build', CRITICAL);
    log.noneHeld(CRITICAL);
    vi.advanceTimersByTime(1999);
    log.noneHeld(NORMAL);
    expect(lines).toHaveLength(1);
    vi.advanceTimersByTime(1);
    log.noneHeld(NORMAL);
    log.noneHeld(NORMAL);
    log.held('pressure', 'reports:build', CRITICAL);
    vi.advanceTimersByTime(2000);
    log.noneHeld(NORMAL);
    expect(lines.filter((line) => line.startsWith('starting'))).toEqual([
      'starting jobs again: 2 jobs had been held',
      'starting jobs again: 1 job had been held',
    ]);
  });

  it('says that nothing is held when it only observes', () => {
    const { lines, log } = setUp(true);
    log.held('pressure', 'reports:build', CRITICAL);
    vi.advanceTimersByTime(2000);
    log.noneHeld(NORMAL);
    expect(lines).toEqual([
      `would hold jobs: ${TOLD}; mode is observe, so they start`,
      'would have held 1 job until now',
    ]);
  });

  it('tells one episode of jobs that wait for the memory of others again and again', () => {
    const { lines, log } = setUp();
    for (let second = 0; second < 100; second++) {
      log.held('no-room', 'reports:build', NORMAL);
      vi.advanceTimersByTime(1000);
      log.noneHeld(NORMAL);
    }
    vi.advanceTimersByTime(60_000);
    log.noneHeld(NORMAL);
    expect(lines).toEqual([
      'holding jobs: reports:build takes memory that is not free; they keep their locks and start by themselves when it is',
      'starting jobs again: 100 jobs had been held',
    ]);
  });

  it('is silent about jobs that wait because their kind is not known yet, until that is no longer why', () => {
    const { lines, log } = setUp();
    log.held('window', 'reports:build', NORMAL);
    log.stillHeld(1, oldest('window'), NORMAL);
    log.noneHeld(NORMAL);
    expect(lines).toEqual([]);
    log.stillHeld(1, oldest('no-room'), NORMAL);
    expect(lines).toHaveLength(1);
  });

  it('is silent about jobs that wait for an instant when pressure has fallen', () => {
    const { lines, log } = setUp();
    log.held('pressure', 'reports:build', NORMAL);
    log.stillHeld(1, oldest('pressure'), NORMAL);
    expect(lines).toEqual([]);
  });

  it('tells the first that go back, and counts the others', () => {
    const { lines, log } = setUp();
    const first = oldest();
    log.held('pressure', 'reports:build', CRITICAL);
    const leave = (...queues: string[]) => {
      for (const queue of queues) {
        log.putOff(queue, 15_004);
        log.stillHeld(1, first, CRITICAL);
      }
      vi.advanceTimersByTime(1000);
      log.stillHeld(1, first, CRITICAL);
    };
    leave('reports', 'reports', 'mails');
    leave('reports');
    vi.advanceTimersByTime(58_000);
    log.stillHeld(1, first, CRITICAL);
    log.noneHeld(NORMAL);
    expect(lines.slice(1)).toEqual([
      'held for 15s: 2 jobs went back to queue "reports", 1 job to queue "mails", for other machines',
      `still holding 1 job, the first for 60s: ${TOLD}; 4 jobs went back for other machines`,
      'starting jobs again: 1 job had been held; 4 jobs went back for other machines',
    ]);
  });
});
