/** How all of these lines begin. */
export const NOTE = '[headroom] ';

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
  /** It has failed; what comes after this was started by hand. */
  condemned: '[headroom] has failed for good',
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
  const condemnedAt = log.findLastIndex((line) => line.startsWith(NOTES.condemned));
  const isFirstLife = condemnedAt === -1;
  const life = log.slice(condemnedAt + 1);
  const count = (...notes: string[]) =>
    life.filter((line) => notes.some((note) => line.startsWith(note))).length;
  const last = (note: string) => life.findLastIndex((line) => line.startsWith(note));

  const earlier = isFirstLife ? 0 : stalledIn(log[condemnedAt]!);
  const unexplained = stalledCounter - earlier - count(NOTES.lostRunning, NOTES.lostIdle);
  // The very first start is not noted: the lock had not run out yet.
  const unheardOf = (isFirstLife ? 1 : 0) + count(NOTES.started) - count(NOTES.lostRunning, NOTES.ended);
  return {
    deaths: Math.max(0, Math.min(unexplained, unheardOf)),
    isAccused: last(NOTES.accused) > last(NOTES.started),
  };
}

/** BullMQ does not set its counter back when a job is retried by hand: the note says where it stood. */
export function condemnedNote(stalledCounter: number): string {
  return `${NOTES.condemned}, its lock ran out ${stalledCounter} times`;
}

function stalledIn(note: string): number {
  return Number(/ran out (\d+) times/.exec(note)?.[1] ?? 0);
}
