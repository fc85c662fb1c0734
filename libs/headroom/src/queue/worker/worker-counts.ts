// The global of that name is a getter: 50 ns of each job.
import { performance } from 'node:perf_hooks';

import type { WorkOutcome } from '../../vitals/index.js';

/** What has become of one worker's jobs, and when. */
export class WorkerCounts {
  completed = 0;
  failed = 0;
  /** Jobs that failed for good because processes died with them. */
  poisoned = 0;
  /** By `performance.now()`. */
  private lastStartedMs: number | undefined;
  private lastFinishedMs: number | undefined;

  /** Milliseconds since the epoch. */
  get lastStartedAt(): number | undefined {
    return epochOf(this.lastStartedMs);
  }

  get lastFinishedAt(): number | undefined {
    return epochOf(this.lastFinishedMs);
  }

  started(nowMs: number): void {
    this.lastStartedMs = nowMs;
  }

  ended(outcome: WorkOutcome, nowMs: number): void {
    this.lastFinishedMs = nowMs;
    if (outcome === 'ok') this.completed++;
    else if (outcome === 'failed') this.failed++;
  }

  failedUnstarted(): void {
    this.ended('failed', performance.now());
  }
}

/** Milliseconds since the epoch, to the millisecond: the clock is read when somebody asks, and not at each job. */
function epochOf(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(Date.now() - (performance.now() - ms));
}
