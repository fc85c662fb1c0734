import type { WorkKind } from '../work-observer.js';

/** What a piece of work is that can hold up the event loop. @publicApi */
export type StalledWorkKind = WorkKind | 'request';

/** A piece of work, as a stall names it. @publicApi */
export interface StalledWork {
  readonly kind: StalledWorkKind;
  /** `reports:build#17` of a job, `GET /bundles/:id` of a request, `Class.method` of a scheduled task. */
  readonly name: string;
}

/**
 * How much is known about who held up the event loop.
 *
 * - `certain`: `by` was on the stack all the while, which was measured; what it had called stands behind it
 * - `likely`: by something that was resumed, after an `await`: nothing but `by` was under way, and it ended right after
 * - `one-of`: by something that was resumed: one of `by`, the likeliest first, or of `others`, unless by a timer or a
 *   listener of the app, which are not watched
 * - `several`: no single one: pieces of work ran in a row without a turn between them; `by` has the longest
 * - `stopped`: the process did not compute meanwhile: it was stopped, or waited. Nobody is blamed
 * - `unknown`: nothing was under way that Headroom watches
 *
 * @publicApi
 */
export type StallCertainty = 'certain' | 'likely' | 'one-of' | 'several' | 'stopped' | 'unknown';

/**
 * A time that the event loop did not turn. Frozen.
 *
 * @publicApi
 */
export interface LoopStall {
  /** When it had ended, milliseconds since the epoch. */
  readonly at: number;
  /** Milliseconds: exact where somebody is `certain`, else up to 50 too few. */
  readonly durationMs: number;
  readonly certainty: StallCertainty;
  readonly by: readonly StalledWork[];
  /** How many could be meant beside those in `by`. */
  readonly others: number;
  /** Of `stopped` only: what was on the stack. It may have waited in a synchronous call, or be there by chance. */
  readonly onStack?: StalledWork;
}
