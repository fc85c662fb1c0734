// The global of that name is a getter: 50 ns of each job.
import { performance } from 'node:perf_hooks';

/** What has become of one worker's jobs, as BullMQ has written it, and when. */
export class WorkerCounts {
  completed = 0;
  failed = 0;
  /** Jobs that failed for good because processes died with them. */
  poisoned = 0;
  /** By `performance.now()`. */
  private lastStartedMs: number | undefined;
  private lastEndedMs: number | undefined;
  private lastFinishedMs: number | undefined;

  /** Milliseconds since the epoch. */
  get lastStartedAt(): number | undefined {
    return epochOf(this.lastStartedMs);
  }

  /** However: one that went back to its queue has ended too. */
  get lastEndedAt(): number | undefined {
    return epochOf(this.lastEndedMs);
  }

  get lastFinishedAt(): number | undefined {
    return epochOf(this.lastFinishedMs);
  }

  started(nowMs: number): void {
    this.lastStartedMs = nowMs;
  }

  ended(nowMs: number): void {
    this.lastEndedMs = nowMs;
  }

  completedOne(): void {
    this.completed++;
    // It has just ended: one look at the clock less.
    this.lastFinishedMs = this.lastEndedMs;
  }

  /** Also one that has not run: its cost can never fit, or it was started too often. */
  failedOne(): void {
    this.failed++;
    this.lastFinishedMs = performance.now();
  }
}

/** Milliseconds since the epoch, to the millisecond: the clock is read when somebody asks, and not at each job. */
function epochOf(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(Date.now() - (performance.now() - ms));
}
