import type { MemoryFacts, WorkKind } from '../vitals/index.js';

/**
 * What is known when a task starts.
 *
 * @publicApi
 */
export interface TaskStartFacts {
  /** `job`, `cron`, `interval`, `timeout`, `method` (`@MemorySnapshot`), `isolated` (in a process of its own) or `lifecycle`. */
  readonly kind: WorkKind;
  /** `queue:name#id` of a job, `Class.method` of a scheduled task, the name given to `@MemorySnapshot`. */
  readonly name: string;
  /** Wall-clock time, milliseconds since the epoch. */
  readonly startedAt: number;
  readonly memory: MemoryFacts;
}

/**
 * What is known when a task has ended.
 *
 * @publicApi
 */
export interface TaskEndFacts extends TaskStartFacts {
  /**
   * `ok`: it has returned. Of a job, whether BullMQ could write that is told by its worker's events, and counted in health.
   * `released`: a job that went back to its queue without having run to its end.
   */
  readonly outcome: 'ok' | 'failed' | 'released';
  /** What the task threw, when it failed. */
  readonly error: unknown;
  readonly durationMs: number;
  /** Memory at the end; growth is the difference to `before`. */
  readonly memory: MemoryFacts;
  /** Memory at the start. */
  readonly before: MemoryFacts;
  /** Largest resident set size that the sampler saw while the task ran. Shorter peaks can go unseen. */
  readonly peakRssBytes: number;
  /**
   * The most tasks that ran at once while this one did, itself included. Above 1 the growth is shared: it may
   * be another task's. Requests, and jobs of workers that are skipped, are no tasks, and not counted.
   */
  readonly concurrency: number;
}
