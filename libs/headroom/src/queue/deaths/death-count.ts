import { readNote } from './notes.js';

export interface DeathCount {
  /** Locks with which it has started and not ended, as far as is known. Its process has died, or runs it still. */
  readonly unheardOf: readonly number[];
  /** Those that have not said that they live: once it is accused, since then. */
  readonly dead: readonly number[];
  /** Whether there is one, and no run has ended since: the next one may kill, too. */
  readonly isSuspect: boolean;
  /** Whether it was found to have died too often since its last start: there was time to contradict. */
  readonly isAccused: boolean;
  /** Whether it has failed for that, and has come back by hand: with the lock that it failed with. */
  readonly isRetried: boolean;
}

/**
 * A death is a run that was not heard of again. BullMQ's counter of lost locks alone does not tell: a lock is also lost
 * by a job that only waited when its process died, or in a process that lives. With each lock at most one process has
 * died.
 *
 * @param stalledCounter how often its lock was lost
 * @param log the job's log, the oldest line first
 */
export function countDeaths(stalledCounter: number, log: readonly string[]): DeathCount {
  const now = stalledCounter + 1;
  // Its first start is not noted: it had not lost a lock yet.
  let open = new Set([1]);
  const closed = new Set<number>();
  const alive = new Set<number>();
  let isAccused = false;
  let [endedWith, condemnedWith] = [0, 0];
  let newest = 1;
  const run = ({ lock, unheardOf }: { lock: number; unheardOf: readonly number[] }) => {
    // What was noted before may have been trimmed; but not all was known then, and an old run knows nothing of new ones.
    if (lock >= newest) open = new Set(unheardOf.filter((other) => !closed.has(other)));
    newest = Math.max(newest, lock);
    if (!closed.has(lock)) open.add(lock);
  };
  const close = (lock: number) => {
    open.delete(lock);
    closed.add(lock);
  };
  for (const line of log) {
    const note = readNote(line);
    if (!note) continue;
    switch (note.kind) {
      case 'started':
        if (note.lock >= newest) {
          closed.delete(note.lock);
          [isAccused, condemnedWith] = [false, 0];
        }
        run(note);
        break;
      case 'runs':
        run(note);
        break;
      case 'lives':
        alive.add(note.lock);
        break;
      case 'ended':
        endedWith = Math.max(endedWith, note.lock);
        close(note.lock);
        break;
      case 'waited':
      case 'gave-back':
        close(note.lock);
        break;
      case 'accused':
        open = new Set(note.unheardOf.filter((lock) => !closed.has(lock)));
        alive.clear();
        isAccused = true;
        break;
      case 'condemned':
        condemnedWith = note.lock;
        break;
      case 'retried':
        open.clear();
        [isAccused, condemnedWith] = [false, 0];
        break;
    }
  }
  const isRetried = condemnedWith === now;
  if (isRetried) open.clear();
  const unheardOf = [...open].filter((lock) => lock < now).toSorted((a, b) => a - b);
  return {
    unheardOf,
    dead: unheardOf.filter((lock) => !alive.has(lock)),
    isSuspect: unheardOf.length > 0 && endedWith <= unheardOf.at(-1)!,
    isAccused: isAccused && !isRetried,
    isRetried,
  };
}
