import type { Refusal } from './reservation.js';

/**
 * Why a job waits. `pressure`: its worker may not run more jobs now, or not yet. `no-room`: the memory that it takes is
 * not free. `window`: those of its kind that run have to show first what they take. `alone`: a job runs, or is to run,
 * that was running when its process died.
 *
 * @publicApi
 */
export type HoldReason = 'pressure' | 'alone' | Refusal;

/**
 * What the admission did with a job that did not start at once.
 *
 * - `held`, and `would-hold` in `observe` mode
 * - `started` after it was held
 * - `put-off`: it went back to its queue, to come again in some seconds, here or on another machine
 * - `given-back`: it went back to the front of its queue, because its worker closes or pauses
 *
 * @publicApi
 */
export interface JobEvent {
  readonly kind: 'held' | 'would-hold' | 'started' | 'put-off' | 'given-back';
  readonly queue: string;
  /** What the job is known as to the ledger: `reports:build`. */
  readonly work: string;
  readonly reason: HoldReason;
  /** Milliseconds that it was held. */
  readonly waitedMs: number;
}

/**
 * What was done with jobs since start.
 *
 * @publicApi
 */
export interface JobCounters {
  /** Jobs that have started. */
  readonly admitted: number;
  /** Jobs that did not start at once; in `observe` mode those that would not have. */
  readonly held: number;
  /** Milliseconds that jobs were held, all together; of those that wait no longer. */
  readonly waitedMs: number;
  /** Jobs that were held for too long and went back to their queues. */
  readonly putOff: number;
}
