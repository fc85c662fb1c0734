import { HealthIndicatorService } from '@nestjs/terminus';
import { describe, expect, it } from 'vitest';

import { WorkerRegistry, type WorkerReport } from '../admission/index.js';
import type { VitalsService } from '../vitals/index.js';
import { QueueWorkerHealthIndicator, workerStatus } from './queue-worker.health.js';

const NOW = Date.UTC(2026, 0, 1);

function reportOf(report: Partial<WorkerReport> = {}): WorkerReport {
  return {
    queue: 'prices',
    isRunning: true,
    isManual: false,
    isSkipped: false,
    isPaused: false,
    isClosing: false,
    concurrency: 10,
    allowedNow: 10,
    lockDurationMs: 30_000,
    active: 1,
    held: 0,
    heldToLearn: 0,
    completed: 5,
    failed: 1,
    lastStartedAt: NOW,
    lastFinishedAt: undefined,
    lostLocks: 0,
    poisoned: 0,
    possibleDoubleRun: undefined,
    ...report,
  };
}

function check(reports: WorkerReport[], queues?: string[]) {
  const registry = new WorkerRegistry();
  for (const report of reports) registry.add({ concurrency: report.concurrency, report: () => report });
  const vitals = { last: { eventLoop: { maxDelayMs: 12.4 } } } as unknown as VitalsService;
  const indicator = new QueueWorkerHealthIndicator(registry, vitals, new HealthIndicatorService());
  return indicator.check('workers', queues ? { queues } : {}).workers as unknown as {
    status: string;
    eventLoopDelayMs: number;
    workers: Record<string, unknown>[];
  };
}

describe('the status of a worker', () => {
  it.each([
    ['up', 'that runs', {}],
    ['down', 'that does not run', { isRunning: false }],
    ['up', 'that the app has not started, because it does so by hand', { isRunning: false, isManual: true }],
    ['down', 'that closes, though it was started by hand', { isManual: true, isClosing: true }],
    ['down', 'that closes', { isClosing: true }],
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

describe('the check', () => {
  it('is up without any worker', () => {
    expect(check([])).toEqual({ status: 'up', eventLoopDelayMs: 12, workers: [] });
  });

  it('is as bad as the worst worker', () => {
    const [up, degraded, down] = [
      reportOf(),
      reportOf({ queue: 'reports', held: 2 }),
      reportOf({ queue: 'bundles', isRunning: false }),
    ];
    expect(check([up]).status).toBe('up');
    expect(check([up, degraded]).status).toBe('degraded');
    expect(check([up, degraded, down]).status).toBe('down');
  });

  it('looks at the queues that are named only', () => {
    const reports = [reportOf(), reportOf({ queue: 'bundles', isRunning: false })];
    expect(check(reports, ['prices']).status).toBe('up');
    expect(check(reports, ['bundles']).status).toBe('down');
    expect(check(reports, ['bundles']).workers).toHaveLength(1);
  });

  it('tells who paused a worker', () => {
    const { workers } = check([{}, { isPaused: true, held: 1 }, { held: 1 }].map(reportOf));
    expect(workers.map(({ pausedBy }) => pausedBy)).toEqual([null, 'app', 'headroom']);
  });

  it('tells counters and times, and a possible double run only when there was one', () => {
    expect(check([reportOf()]).workers[0]).toEqual({
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
    });
    const at = Date.now();
    const [worker] = check([
      reportOf({ possibleDoubleRun: { at, loopDelayMs: 40_000, blockedBy: undefined } }),
    ]).workers;
    expect(worker!.possibleDoubleRun).toBe(
      `${new Date(at).toISOString()}: the event loop was blocked for 40000ms`,
    );
  });
});
