/** How all of these lines begin. */
export const NOTE = '[headroom] ';

/**
 * What is kept with a job that has lost its lock, in its log: every backend has one, and people see it. Locks are
 * counted from one: with the first it has started as any job does, which is not noted.
 */
export type Note =
  /** It starts. `unheardOf`: locks with which it has started before, and not ended as far as is known. */
  | { readonly kind: 'started'; readonly lock: number; readonly unheardOf: readonly number[] }
  /** It runs: written where the job has pushed the note of its start out of its log. */
  | { readonly kind: 'runs'; readonly lock: number; readonly unheardOf: readonly number[] }
  /** A process that lives has found that the lock of a job is lost which runs there. */
  | { readonly kind: 'lives'; readonly lock: number }
  /** The same of a job that waits there for its start. */
  | { readonly kind: 'waited'; readonly lock: number }
  /** Its run is over, in a process that lives. */
  | { readonly kind: 'ended'; readonly lock: number }
  /** The same, but it was stopped before it was done. */
  | { readonly kind: 'gave-back'; readonly lock: number }
  /** It has died too often, as far as is known now. */
  | { readonly kind: 'accused'; readonly unheardOf: readonly number[]; readonly graceMs: number }
  /** It is to fail: what comes after that with the same lock was started by hand. */
  | { readonly kind: 'condemned'; readonly lock: number }
  | { readonly kind: 'retried' };

const PATTERNS: readonly (readonly [RegExp, (lock: number, unheardOf: readonly number[]) => Note])[] = [
  [
    /^starts again with lock (\d+)(?:.* died with lock ([\d, ]+))?/,
    (lock, unheardOf) => ({ kind: 'started', lock, unheardOf }),
  ],
  [
    /^runs with lock (\d+)(?:.* died with lock ([\d, ]+))?/,
    (lock, unheardOf) => ({ kind: 'runs', lock, unheardOf }),
  ],
  [/^lost lock (\d+) before it started/, (lock) => ({ kind: 'waited', lock })],
  [/^lost lock (\d+)/, (lock) => ({ kind: 'lives', lock })],
  [/^ended with lock (\d+)/, (lock) => ({ kind: 'ended', lock })],
  [/^goes back with lock (\d+)/, (lock) => ({ kind: 'gave-back', lock })],
  [
    /^fails in (\d+)ms.* died with lock ([\d, ]+)/,
    (graceMs, unheardOf) => ({ kind: 'accused', unheardOf, graceMs }),
  ],
  [/^fails for good with lock (\d+)/, (lock) => ({ kind: 'condemned', lock })],
  [/^was retried by hand/, () => ({ kind: 'retried' })],
];

type Texts = { readonly [Kind in Note['kind']]: (note: Extract<Note, { kind: Kind }>) => string };

const TEXTS: Texts = {
  started: ({ lock, unheardOf }) => `starts again with lock ${lock}${alsoDied(unheardOf)}`,
  runs: ({ lock, unheardOf }) => `runs with lock ${lock}${alsoDied(unheardOf)}`,
  lives: ({ lock }) => `lost lock ${lock}, but its process lives and runs it on`,
  waited: ({ lock }) => `lost lock ${lock} before it started, but its process lives`,
  ended: ({ lock }) => `ended with lock ${lock}, its process lives`,
  'gave-back': ({ lock }) => `goes back with lock ${lock}, its process lives`,
  accused: ({ graceMs, unheardOf }) =>
    `fails in ${graceMs}ms, unless a process says that it lives: ${died(unheardOf)}`,
  condemned: ({ lock }) => `fails for good with lock ${lock}`,
  retried: () => 'was retried by hand: deaths are counted afresh',
};

export function textOf(note: Note): string {
  return NOTE + (TEXTS[note.kind] as (note: Note) => string)(note);
}

/** What a line of a log says; nothing if it is not ours. */
export function readNote(line: string): Note | undefined {
  if (!line.startsWith(NOTE)) return undefined;
  const text = line.slice(NOTE.length);
  for (const [pattern, make] of PATTERNS) {
    const found = pattern.exec(text);
    if (found) return make(Number(found[1]), found[2]?.split(', ').map(Number) ?? []);
  }
  return undefined;
}

function alsoDied(locks: readonly number[]): string {
  return locks.length > 0 ? `; ${died(locks)}` : '';
}

function died(locks: readonly number[]): string {
  return `its process seems to have died with lock ${locks.join(', ')}`;
}
