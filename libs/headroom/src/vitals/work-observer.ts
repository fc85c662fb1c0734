import type { MemoryFacts } from './memory-snapshot.js';
import { NOWHERE, type Placed } from './roster.js';

/** What a piece of work is: told by the room that runs it. */
export type WorkKind = 'job' | 'cron' | 'interval' | 'timeout' | 'method' | 'isolated' | 'lifecycle';

/**
 * A piece of work from its start to its end: one object, made by the room that runs it, for all who look at it. Its place
 * is kept by `loopWork`.
 */
export interface WorkRun extends Placed {
  readonly kind: WorkKind;
  /** May be made when it is asked for. */
  readonly name: string;
  /** By `performance.now()`. */
  readonly startedAtMs: number;
  /** The observer's own. */
  notes: unknown;
}

/** One whose name is known. */
export class NamedRun implements WorkRun {
  place = NOWHERE;
  notes: unknown = undefined;
  readonly startedAtMs = performance.now();

  constructor(
    readonly kind: WorkKind,
    readonly name: string,
  ) {}
}

/** How a piece of work ended: `released` work went back to its queue without having run to its end. */
export type WorkOutcome = 'ok' | 'failed' | 'released';

/** Memory of another process when its work ended; bytes. */
export interface EndMemory {
  readonly memory: MemoryFacts;
  readonly peakRssBytes: number;
}

/**
 * Is told of every piece of work that starts and ends. Rooms that run work (`queue`) announce it here, so
 * that they need not know the room that watches it (`tasks`). Must not throw.
 */
export abstract class WorkObserver {
  /** What runs now, the oldest first; not the app's own start and end. */
  abstract readonly running: readonly WorkRun[];
  /** @param memory of the process that it runs in, when that is another one */
  abstract started(run: WorkRun, memory?: MemoryFacts): void;
  abstract ended(run: WorkRun, outcome: WorkOutcome, error?: unknown, memory?: EndMemory): void;
}
