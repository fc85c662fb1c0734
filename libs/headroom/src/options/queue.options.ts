import type { OptionReader } from './option-reader.js';

/** @publicApi */
export interface QueueOptions {
  /**
   * Milliseconds that a job is held, with its lock, when there is no memory for it. After that it goes back to its
   * queue, delayed by some seconds, so that a worker on another machine can take it. No attempt is burnt, but BullMQ
   * counts a start: jobs of a worker with `maxStartedAttempts` stay, and those with a deduplication id, whose place in the
   * queue another could take. A job that comes back is held for
   * twice as long, up to sixteen times. `false` holds jobs until there is memory.
   *
   * @default 15000
   * Minimum: `1000`, maximum: `3600000`.
   */
  maxHoldMs?: number | false;
  /**
   * How many processes may die while they run the same job. Then it fails for good, instead of killing the next one,
   * unless one of them says within the time of a lock that it lives; after a death it runs alone until a run has ended.
   * Counted by notes in the job's log. To have it counted, a worker whose `maxStalledCount` is not set gets 10 in place
   * of BullMQ's 1. `false` leaves all of it to BullMQ.
   *
   * @default 3
   * Minimum: `1`, maximum: `10`.
   */
  maxDeaths?: number | false;
  /**
   * How many processes or threads that run a job in isolation, such as those of a sandboxed processor, may die for want
   * of memory with the same job. Then it fails for good, whatever `attempts` it has left. Counted in the job's stack
   * traces, so not for a job whose `stackTraceLimit` is `0`. `false` leaves it to BullMQ.
   *
   * @default 2
   * Minimum: `1`, maximum: `10`.
   */
  maxMemoryDeaths?: number | false;
}

export interface ResolvedQueueOptions {
  readonly maxHoldMs: number | false;
  readonly maxDeaths: number | false;
  readonly maxMemoryDeaths: number | false;
}

export function readQueueOptions(read: OptionReader): ResolvedQueueOptions {
  return {
    maxHoldMs: read.numberOrFalse('queue.maxHoldMs', { min: 1000, max: 3_600_000 }, 15_000),
    maxDeaths: read.integerOrFalse('queue.maxDeaths', { min: 1, max: 10 }, 3),
    maxMemoryDeaths: read.integerOrFalse('queue.maxMemoryDeaths', { min: 1, max: 10 }, 2),
  };
}
