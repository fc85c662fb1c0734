import { type JobSpan, nameOf } from './running-jobs.js';

/** A job that blocks at once starts this close to the block, as far as the clocks of both can tell. */
const NEAR_MS = 100;

export interface SpansOfQueue {
  readonly queue: string;
  readonly spans: readonly JobSpan[];
}

/**
 * Which job blocked the event loop. One job starts per turn, so a job that started as the block began is it; else the
 * one that ran through all of it, when there is only one.
 *
 * @param from when the block began, milliseconds since the epoch
 */
export function findBlocker(all: readonly SpansOfQueue[], from: number, to: number): string | undefined {
  const through = all.flatMap(({ queue, spans }) =>
    spans
      .filter(({ startedAt, endedAt }) => startedAt <= from + NEAR_MS && endedAt >= to - NEAR_MS)
      .map((span) => ({ name: nameOf(queue, span.job), span })),
  );
  const atOnce = through.filter(({ span }) => span.startedAt >= from - NEAR_MS);
  const [only, ...others] = atOnce.length > 0 ? atOnce : through;
  return others.length === 0 ? only?.name : undefined;
}
