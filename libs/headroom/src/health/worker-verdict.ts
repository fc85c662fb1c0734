import type { PossibleDoubleRun, WorkerReport } from '../admission/index.js';
import type { HealthStatus } from './health-status.js';

/** How long a possible double run is told. */
const TELL_DOUBLE_RUN_FOR_MS = 10 * 60_000;

export function workerStatus(report: WorkerReport, now: number): HealthStatus {
  const hasStopped = !report.isRunning && !report.isPaused && !report.isManual;
  if (hasStopped) return 'down';
  return report.isClosing || report.isPaused || report.held > 0 || recentDoubleRun(report, now)
    ? 'degraded'
    : 'up';
}

/** What a check tells of a worker of this process. */
export function describeWorker(report: WorkerReport, now: number) {
  const doubleRun = recentDoubleRun(report, now);
  return {
    queue: report.queue,
    status: workerStatus(report, now),
    running: report.isRunning,
    pausedBy: pausedBy(report),
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

function pausedBy({ isDraining, isPaused, held }: WorkerReport): 'shutdown' | 'app' | 'headroom' | null {
  if (isDraining) return 'shutdown';
  if (isPaused) return 'app';
  return held > 0 ? 'headroom' : null;
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
  // Either way: a clock that was set back must not tell of it for hours.
  return possibleDoubleRun && Math.abs(now - possibleDoubleRun.at) < TELL_DOUBLE_RUN_FOR_MS
    ? possibleDoubleRun
    : undefined;
}

function toIso(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}
