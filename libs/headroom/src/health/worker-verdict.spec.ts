import { describe, expect, it } from 'vitest';

import { reportOf } from './fixtures/worker-report.js';
import { describeWorker, workerStatus } from './worker-verdict.js';

const NOW = Date.UTC(2026, 0, 1);

describe('the status of a worker', () => {
  it.each([
    ['up', 'that runs', {}],
    ['down', 'that does not run', { isRunning: false }],
    ['up', 'that the app has not started, because it does so by hand', { isRunning: false, isManual: true }],
    ['degraded', 'that closes, though it was started by hand', { isManual: true, isClosing: true }],
    ['degraded', 'that closes: its jobs still end', { isClosing: true }],
    ['degraded', 'that is paused', { isPaused: true }],
    ['degraded', 'that is paused, whose loop has ended', { isPaused: true, isRunning: false }],
    ['degraded', 'that holds jobs', { held: 1 }],
    ['up', 'whose jobs wait until their kind is known', { heldToLearn: 1 }],
  ] as const)('is %s for one %s', (status, _which, report) => {
    expect(workerStatus(reportOf(report), NOW)).toBe(status);
  });

  it('is degraded for ten minutes after a job may have run twice', () => {
    const possibleDoubleRun = { at: NOW, loopDelayMs: 40_000, blockedBy: undefined };
    const after = (minutes: number) =>
      workerStatus(reportOf({ possibleDoubleRun }), NOW + minutes * 60_000 - 1);
    expect(after(1)).toBe('degraded');
    expect(after(10)).toBe('degraded');
    expect(after(10.1)).toBe('up');
  });
});

describe('what is told of a worker', () => {
  it('is who paused it', () => {
    const pausedBy = [{}, { isPaused: true, isDraining: true }, { isPaused: true, held: 1 }, { held: 1 }].map(
      (report) => describeWorker(reportOf(report), NOW).pausedBy,
    );
    expect(pausedBy).toEqual([null, 'shutdown', 'app', 'headroom']);
  });

  it('is its counters and times, and a possible double run only when there was one', () => {
    expect(describeWorker(reportOf({ lastStartedAt: NOW }), NOW)).toEqual({
      queue: 'prices',
      status: 'up',
      running: true,
      pausedBy: null,
      active: 1,
      held: 0,
      heldToLearn: 0,
      concurrency: 10,
      allowedNow: 10,
      completed: 5,
      failed: 1,
      lastStarted: '2026-01-01T00:00:00.000Z',
      lastFinished: null,
      lockDurationMs: 30_000,
      lostLocks: 0,
      poisoned: 0,
    });
    const possibleDoubleRun = { at: NOW, loopDelayMs: 40_000, blockedBy: undefined };
    expect(describeWorker(reportOf({ possibleDoubleRun }), NOW).possibleDoubleRun).toBe(
      '2026-01-01T00:00:00.000Z: the event loop was blocked for 40000ms',
    );
  });
});
