import { type JobSpan, nameOf } from '../worker/running-jobs.js';

/** Two clocks, and what happens between a start and the work. */
const NEAR_MS = 100;

export interface SpansOfQueue {
  readonly queue: string;
  readonly spans: readonly JobSpan[];
}

/** A time that the event loop did not turn; milliseconds, since the epoch. */
export interface BlockedTime {
  readonly durationMs: number;
  /** When it was noticed: at its end, or up to `noticedWithinMs` later. */
  readonly noticedAt: number;
  readonly noticedWithinMs: number;
}

/**
 * Which job blocked the event loop. One job starts per turn, so the job that started as the block began is it; else
 * the one that ran through all of it, when there is only one.
 */
export function findBlocker(all: readonly SpansOfQueue[], block: BlockedTime): string | undefined {
  const latestStart = block.noticedAt - block.durationMs + NEAR_MS;
  const earliestEnd = block.noticedAt - block.noticedWithinMs - NEAR_MS;
  const earliestStart = earliestEnd - block.durationMs;
  const through = all.flatMap(({ queue, spans }) =>
    spans
      .filter(({ startedAt, endedAt }) => startedAt <= latestStart && endedAt >= earliestEnd)
      .filter(({ startedAt, endedAt }) => endedAt - startedAt >= block.durationMs - NEAR_MS)
      .map(({ job, startedAt }) => ({ name: nameOf(queue, job), startedAt })),
  );
  const asItBegan = through.filter(({ startedAt }) => startedAt >= earliestStart);
  const [only, ...others] = asItBegan.length > 0 ? asItBegan : through;
  return others.length === 0 ? only?.name : undefined;
}
