import type { Worker } from 'bullmq';

import type { RegisteredWorker, WorkerReport } from '../admission/index.js';
import type { WorkOutcome } from '../vitals/index.js';
import type { QueueRuntime } from './queue-runtime.js';
import type { WorkerSettings } from './worker-settings.js';

/** What Headroom knows about one worker: counters, and the settings of its processor class. */
export class TrackedWorker implements RegisteredWorker {
  active = 0;
  held = 0;
  completed = 0;
  failed = 0;
  lastStartedAt: number | undefined;
  lastFinishedAt: number | undefined;
  private doubleRun: WorkerReport['possibleDoubleRun'];
  private settingsRead: WorkerSettings | undefined;

  constructor(private readonly worker: Worker) {}

  get concurrency(): number {
    return this.worker.concurrency;
  }

  /** Read when the first job comes: only then is the worker known to its processor class. */
  settings(runtime: QueueRuntime): WorkerSettings {
    return (this.settingsRead ??= runtime.settingsOf(this.worker));
  }

  stopFetching(): void {
    this.worker.pause(true).catch((error: unknown) => this.worker.emit('error', error as Error));
  }

  started(): void {
    this.active++;
    this.lastStartedAt = Date.now();
  }

  ended(outcome: WorkOutcome): void {
    this.active--;
    this.lastFinishedAt = Date.now();
    if (outcome === 'ok') this.completed++;
    else if (outcome === 'failed') this.failed++;
  }

  /**
   * Whether a loop delay may have cost this worker the lock of a job. Locks are renewed on the same loop,
   * before `lockRenewTime` has passed, so what is left of a lock is at least the rest of its duration.
   */
  mayHaveLostLock(loopDelayMs: number): boolean {
    const { lockDuration = 30_000, lockRenewTime = lockDuration / 2 } = this.worker.opts;
    return this.active > 0 && loopDelayMs >= lockDuration - lockRenewTime;
  }

  notePossibleDoubleRun(at: number, loopDelayMs: number): void {
    this.doubleRun = { at, loopDelayMs: Math.round(loopDelayMs) };
  }

  report(): WorkerReport {
    return {
      queue: this.worker.name,
      isRunning: this.worker.isRunning(),
      isPaused: this.worker.isPaused(),
      isClosing: this.worker.closing !== undefined,
      concurrency: this.worker.concurrency,
      lockDurationMs: this.worker.opts.lockDuration ?? 30_000,
      active: this.active,
      held: this.held,
      completed: this.completed,
      failed: this.failed,
      lastStartedAt: this.lastStartedAt,
      lastFinishedAt: this.lastFinishedAt,
      possibleDoubleRun: this.doubleRun,
    };
  }
}
