/** How the lines begin that are kept with a job, in its log: every backend has one, and people see it. */
export const NOTES = {
  /** It starts, and has lost its lock before: every start but the first is noted that can end in a death. */
  started: '[headroom] starts again',
  /** A process that lives has found that this job, which runs there, is without its lock. */
  lostRunning: '[headroom] lost its lock, but its process lives',
  /** The same of a job that waits there for its start, or whose run has ended. */
  lostIdle: '[headroom] lost its lock while it did not run, but its process lives',
  /** It has failed or was given back, by a process that lives. */
  ended: '[headroom] has not died: it failed or was given back',
  /** It has died too often, as far as was known then. */
  accused: '[headroom] fails for good',
} as const;

export interface DeathCount {
  /** Processes that have died, as far as is known, while they ran the job. */
  readonly deaths: number;
  /** Whether it was found to have died too often since its last start: there was time to contradict. */
  readonly isAccused: boolean;
}

/**
 * BullMQ counts how often a job's lock ran out, whatever the reason. A death is also a start that was not heard of
 * again: a job that only waited when its process died is not blamed, nor one that ended or lost its lock in a process
 * that lives.
 *
 * @param stalledCounter how often its lock ran out
 * @param log the job's log, the oldest line first
 */
export function countDeaths(stalledCounter: number, log: readonly string[]): DeathCount {
  const count = (...notes: string[]) =>
    log.filter((line) => notes.some((note) => line.startsWith(note))).length;
  const last = (note: string) => log.findLastIndex((line) => line.startsWith(note));
  const unexplained = stalledCounter - count(NOTES.lostRunning, NOTES.lostIdle);
  // The first start is not noted: the lock had not run out yet.
  const unheardOf = 1 + count(NOTES.started) - count(NOTES.lostRunning, NOTES.ended);
  return {
    deaths: Math.max(0, Math.min(unexplained, unheardOf)),
    isAccused: last(NOTES.accused) > last(NOTES.started),
  };
}
