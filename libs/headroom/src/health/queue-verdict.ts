import type { BackendAnswer, QueueBackendReport } from '../admission/index.js';
import type { HealthStatus } from './health-status.js';
import type { QueueLimits, QueueWorkerCheck } from './queue-worker-options.js';

/** What a check tells of a queue, on all machines. */
export function describeQueue(queue: string, { tookMs, report }: BackendAnswer, check: QueueWorkerCheck) {
  const crossed = report ? crossedLimits(report, check) : [];
  return {
    queue,
    status: queueStatus(report, crossed, check),
    ...(report && { ...report, ageOfOldestWaitingMs: rounded(report.ageOfOldestWaitingMs) }),
    backend: { answers: report !== undefined, tookMs: Math.round(tookMs) },
    ...(crossed.length > 0 && { crossed }),
  };
}

function queueStatus(
  report: QueueBackendReport | undefined,
  crossed: readonly string[],
  { whenSilent, whenCrossed }: QueueWorkerCheck,
): HealthStatus {
  if (!report) return whenSilent;
  if (crossed.length > 0) return whenCrossed;
  return report.paused ? 'degraded' : 'up';
}

/** The limits that a queue is beyond, as an operator would read it. */
export function crossedLimits(report: QueueBackendReport, limits: QueueLimits): string[] {
  const { waiting, failed, ageOfOldestWaitingMs, workersConnected } = report;
  const { maxWaiting, maxFailed, maxWaitingAgeMs, minWorkers } = limits;
  const crossed: string[] = [];
  if (waiting > maxWaiting) crossed.push(`${waiting} jobs wait; maxWaiting is ${maxWaiting}`);
  if (ageOfOldestWaitingMs !== null && ageOfOldestWaitingMs > maxWaitingAgeMs) {
    const age = rounded(ageOfOldestWaitingMs);
    crossed.push(`the oldest waiting job is ${age}ms old; maxWaitingAgeMs is ${maxWaitingAgeMs}`);
  }
  if (failed > maxFailed) crossed.push(`${failed} jobs have failed; maxFailed is ${maxFailed}`);
  if (workersConnected !== null && workersConnected < minWorkers) {
    crossed.push(`${workersConnected} workers are connected; minWorkers is ${minWorkers}`);
  }
  return crossed;
}

function rounded(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms);
}
