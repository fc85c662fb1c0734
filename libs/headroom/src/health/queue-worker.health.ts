import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';

import { type PossibleDoubleRun, WorkerRegistry, type WorkerReport } from '../admission/index.js';
import { VitalsService } from '../vitals/index.js';
import { answer, type HealthStatus } from './health-status.js';

/** How long a possible double run is told. */
const TELL_DOUBLE_RUN_FOR_MS = 10 * 60_000;

/** @publicApi */
export interface QueueWorkerCheckOptions {
  /** Only the workers of these queues. @default all */
  queues?: readonly string[];
}

/**
 * The queue workers of this process: `down` when one does not run, `degraded` when one is paused, holds jobs for
 * memory, or when the event loop was late by more than a lock lasts, so that a job may have run twice.
 *
 * @publicApi
 */
@Injectable()
export class QueueWorkerHealthIndicator {
  constructor(
    private readonly workers: WorkerRegistry,
    private readonly vitals: VitalsService,
    private readonly indicators: HealthIndicatorService,
  ) {}

  /** Reads counters of this process; asks no backend. @param key name of the check in the answer */
  check<Key extends string>(key: Key, { queues }: QueueWorkerCheckOptions = {}): HealthIndicatorResult<Key> {
    const now = Date.now();
    const reports = this.workers.reports().filter(({ queue }) => !queues || queues.includes(queue));
    const eventLoopDelayMs = Math.round(this.vitals.last.eventLoop.maxDelayMs);
    return answer(this.indicators.check(key), worst(reports.map((report) => workerStatus(report, now))), {
      eventLoopDelayMs,
      workers: reports.map((report) => describe(report, now)),
    });
  }
}

export function workerStatus(report: WorkerReport, now: number): HealthStatus {
  const hasStopped = !report.isRunning && !report.isPaused && !report.isManual;
  if (report.isClosing || hasStopped) return 'down';
  return report.isPaused || report.held > 0 || recentDoubleRun(report, now) ? 'degraded' : 'up';
}

function describe(report: WorkerReport, now: number) {
  const doubleRun = recentDoubleRun(report, now);
  return {
    queue: report.queue,
    status: workerStatus(report, now),
    running: report.isRunning,
    pausedBy: report.isPaused ? 'app' : report.held > 0 ? 'headroom' : null,
    active: report.active,
    held: report.held,
    heldToLearn: report.heldToLearn,
    concurrency: report.concurrency,
    allowedNow: report.allowedNow,
    completed: report.completed,
    failed: report.failed,
    lastStarted: toIso(report.lastStartedAt),
    lastFinished: toIso(report.lastFinishedAt),
    lockDurationMs: report.lockDurationMs,
    lostLocks: report.lostLocks,
    poisoned: report.poisoned,
    ...(doubleRun && {
      possibleDoubleRun: describeDoubleRun(doubleRun),
    }),
  };
}

function describeDoubleRun({ at, loopDelayMs, blockedBy }: PossibleDoubleRun): string {
  const when = toIso(at);
  if (loopDelayMs === 0) return `${when}: a lock was not renewed in time`;
  return `${when}: the event loop was blocked for ${loopDelayMs}ms${blockedBy ? ` by ${blockedBy}` : ''}`;
}

function recentDoubleRun(
  { possibleDoubleRun }: WorkerReport,
  now: number,
): WorkerReport['possibleDoubleRun'] {
  return possibleDoubleRun && now - possibleDoubleRun.at < TELL_DOUBLE_RUN_FOR_MS
    ? possibleDoubleRun
    : undefined;
}

function worst(statuses: readonly HealthStatus[]): HealthStatus {
  if (statuses.includes('down')) return 'down';
  return statuses.includes('degraded') ? 'degraded' : 'up';
}

function toIso(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}
