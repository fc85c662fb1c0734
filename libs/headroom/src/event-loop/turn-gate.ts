// The global of that name is a getter: 50 ns each time that a loop asks whether to yield.
import { performance } from 'node:perf_hooks';

import { afterMicrotasks } from '../vitals/index.js';
import { Fifo } from './fifo.js';
import { type CountEvents, LoopRest } from './loop-rest.js';

export interface TurnGateSettings {
  /** Milliseconds of work in one turn after which whoever comes waits for the next turn. */
  readonly sliceMs: number;
  /** How many of those that wait start in one turn, however long they take. */
  readonly startsPerTurn: number;
}

export interface TurnGateCounters {
  /** Starts that did not have to wait. */
  readonly passed: number;
  /** Starts that waited for a turn. */
  readonly waited: number;
  /** Those that wait now. */
  readonly waiting: number;
}

/** `urgent`: somebody outside waits for it, as for a request. */
export type TurnRank = 'urgent' | 'plain';

interface Waiter {
  readonly release: () => void;
  readonly sliceMs: number | undefined;
  /** It came in this turn or after it, and waits for a later one. */
  readonly cameIn: number;
}

/** That of the process: with the fake one of a test, which stands still, no request that waits for its turn would go on. */
const { setImmediate } = globalThis;
/** Work that takes so long has kept others waiting: the loop rests before the next starts. */
const LONG_WORK_MS = 5;

/**
 * Lets one piece of work start per turn of the event loop, first come first served.
 *
 * A `setImmediate` in front of each piece is not enough: all that wait are resumed in the same check phase, one
 * after the other, and the loop turns only when the last of them has run. So one immediate is armed for all,
 * releases one, and is armed again.
 *
 * Small work is not slowed down: who comes while nobody waits, and before `sliceMs` of this turn are used up, passes at
 * once; and of those that wait the next is released in the same turn when the one before has run and left some of the
 * slice.
 *
 * States: *open* (no immediate is armed), *turning* (one is: somebody waits, or somebody has just started, and the next
 * turn tells how long that took) and *resting* (that was long: the turns are left to others, see {@link LoopRest}).
 * `nextTurn` and `enterFirst` move open to turning; an immediate that finds nobody moves it back. Whoever waits is
 * released in a later turn than that in which it came, so that a turn is given to all else first.
 *
 * Urgent and plain work take turns while both wait: an urgent start waits for one plain one at most, and the other way
 * round.
 */
export class TurnGate {
  private readonly queues: Readonly<Record<TurnRank, Fifo<Waiter>>> = {
    urgent: new Fifo(),
    plain: new Fifo(),
  };
  private readonly rest: LoopRest;
  private isArmed = false;
  /** Somebody has entered as the first of this turn. */
  private isTaken = false;
  /** Somebody has started, and the loop has not turned since. */
  private hasStarted = false;
  /** The last one that started used up the slice alone: it is not looked what the next leaves of it. */
  private isSliceEach = false;
  private turns = 0;
  private turnStartedAt = -Infinity;
  private lastRank: TurnRank = 'plain';
  /** Of those that waited, in this turn. */
  private startsInTurn = 0;
  private passed = 0;
  private waited = 0;

  constructor(
    private settings: TurnGateSettings,
    private readonly now: () => number = () => performance.now(),
    events?: CountEvents,
  ) {
    this.rest = new LoopRest(events);
  }

  get counters(): TurnGateCounters {
    return { passed: this.passed, waited: this.waited, waiting: this.waiting };
  }

  get sliceMs(): number {
    return this.settings.sliceMs;
  }

  configure(settings: TurnGateSettings): void {
    this.settings = settings;
  }

  /** Whether the work of this turn has used up its slice. */
  isSliceUsed(sliceMs = this.settings.sliceMs, nowMs = this.now()): boolean {
    return nowMs - this.turnStartedAt >= sliceMs;
  }

  /**
   * Nothing when the caller may go on at once, else a promise of its turn. Never rejects.
   *
   * @param nowMs by `performance.now()`, of a caller that has read it
   */
  enter(sliceMs?: number, nowMs?: number): Promise<void> | undefined {
    if (this.isTaken || this.waiting > 0 || this.isSliceUsed(sliceMs, nowMs)) return this.nextTurn(sliceMs);
    this.passed++;
    return undefined;
  }

  /**
   * Like {@link enter}, but the first one in a turn of which the gate knows nothing yet goes on at once; whoever comes
   * after it waits for the next turn. For those who do not start in the same breath: others could enter before it shows
   * what they take.
   */
  enterFirst(rank: TurnRank = 'plain', sliceMs?: number): Promise<void> | undefined {
    if (this.isArmed) return this.nextTurn(sliceMs, rank);
    this.passed++;
    this.isTaken = true;
    this.hasStarted = true;
    this.lastRank = rank;
    this.turnStartedAt = this.now();
    this.arm();
    return undefined;
  }

  /** A promise of a later turn, whether the slice is used up or not. Never rejects. */
  nextTurn(sliceMs?: number, rank: TurnRank = 'plain'): Promise<void> {
    this.waited++;
    return new Promise<void>((release) => {
      this.queues[rank].push({ release, sliceMs, cameIn: this.turns });
      if (!this.isArmed) this.arm();
    });
  }

  private get waiting(): number {
    return this.queues.urgent.size + this.queues.plain.size;
  }

  // Armed from within the check phase, an immediate runs in the next turn: timers and I/O come first.
  private arm(): void {
    this.isArmed = true;
    setImmediate(this.turn);
  }

  private readonly turn = (): void => {
    const now = this.now();
    if (this.hasStarted) this.judgeLastTurn(now - this.turnStartedAt);
    this.isArmed = this.isTaken = this.hasStarted = false;
    if (this.rest.takesTurn()) {
      this.arm();
      return;
    }
    this.turns++;
    this.turnStartedAt = now;
    this.startsInTurn = 0;
    this.releaseNext();
    if (this.hasStarted) this.arm();
  };

  private judgeLastTurn(tookMs: number): void {
    if (tookMs >= LONG_WORK_MS) this.rest.begin();
    const { sliceMs, startsPerTurn } = this.settings;
    this.isSliceEach = startsPerTurn === 1 && this.startsInTurn === 1 && tookMs >= sliceMs;
  }

  private readonly releaseNext = (): void => {
    const other: TurnRank = this.lastRank === 'urgent' ? 'plain' : 'urgent';
    const next = this.take(other) ?? this.take(this.lastRank);
    if (!next) return;
    this.startsInTurn++;
    this.hasStarted = true;
    next.release();
    if (this.waiting > 0 && !this.isSliceEach) afterMicrotasks(this.releaseNext);
  };

  private take(rank: TurnRank): Waiter | undefined {
    const first = this.queues[rank].peek();
    if (!first || !this.mayStart(first)) return undefined;
    this.lastRank = rank;
    return this.queues[rank].shift();
  }

  private mayStart({ cameIn, sliceMs }: Waiter): boolean {
    if (cameIn >= this.turns) return false;
    return this.startsInTurn < this.settings.startsPerTurn || !this.isSliceUsed(sliceMs);
  }
}
