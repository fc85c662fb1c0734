import { Fifo } from './fifo.js';

export interface TurnGateSettings {
  /** Milliseconds of work in one turn after which whoever comes waits for the next turn. */
  readonly sliceMs: number;
  /** How many of those that wait start in one turn. */
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

type Release = () => void;

/** Work that takes so long has kept others waiting: the loop turns some more times before the next starts. */
const LONG_WORK_MS = 5;
/** Connections are accepted one per turn (libuv 1.45 and later), and read in the next: one turn is too few for a probe. */
const REST_TURNS = 8;

/**
 * Lets one piece of work start per turn of the event loop, first come first served.
 *
 * A `setImmediate` in front of each piece is not enough: all that wait are resumed in the same check phase, one
 * after the other, and the loop turns only when the last of them has run. So one immediate is armed for all,
 * releases one, and is armed again.
 *
 * Who comes while nobody waits, and before `sliceMs` of this turn are used up, passes at once: small work is
 * not slowed down.
 *
 * States: *open* (no immediate is armed), *turning* (one is: somebody waits, or somebody has just started, and the next
 * turn tells how long that took) and *resting* (that was long: the loop turns a few times, at some microseconds each, and
 * nobody is released). `nextTurn` and `enterFirst` move open to turning; an immediate that finds nobody moves it back.
 */
export class TurnGate {
  private readonly queue = new Fifo<Release>();
  private isArmed = false;
  /** Somebody has entered as the first of this turn. */
  private isTaken = false;
  /** Somebody has started, and the loop has not turned since. */
  private hasStarted = false;
  private restTurns = 0;
  private turnStartedAt = -Infinity;
  private passed = 0;
  private waited = 0;

  constructor(
    private settings: TurnGateSettings,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get counters(): TurnGateCounters {
    return { passed: this.passed, waited: this.waited, waiting: this.queue.size };
  }

  get sliceMs(): number {
    return this.settings.sliceMs;
  }

  configure(settings: TurnGateSettings): void {
    this.settings = settings;
  }

  /** Whether the work of this turn has used up its slice. */
  isSliceUsed(sliceMs = this.settings.sliceMs): boolean {
    return this.now() - this.turnStartedAt >= sliceMs;
  }

  /** Nothing when the caller may go on at once, else a promise of its turn. Never rejects. */
  enter(sliceMs?: number): Promise<void> | undefined {
    if (this.isTaken || this.queue.size > 0 || this.isSliceUsed(sliceMs)) return this.nextTurn();
    this.passed++;
    return undefined;
  }

  /**
   * Like {@link enter}, but the first one in a turn of which the gate knows nothing yet goes on at once; whoever comes
   * after it waits for the next turn.
   */
  enterFirst(): Promise<void> | undefined {
    if (this.isArmed) return this.nextTurn();
    this.passed++;
    this.isTaken = true;
    this.hasStarted = true;
    this.turnStartedAt = this.now();
    this.arm();
    return undefined;
  }

  /** A promise of a later turn, whether the slice is used up or not. Never rejects. */
  nextTurn(): Promise<void> {
    this.waited++;
    return new Promise<void>((release) => {
      this.queue.push(release);
      if (!this.isArmed) this.arm();
    });
  }

  // Armed from within the check phase, an immediate runs in the next turn: timers and I/O come first.
  private arm(): void {
    this.isArmed = true;
    setImmediate(this.turn);
  }

  private readonly turn = (): void => {
    const now = this.now();
    if (this.hasStarted && now - this.turnStartedAt >= LONG_WORK_MS) this.restTurns = REST_TURNS;
    this.isArmed = this.isTaken = this.hasStarted = false;
    if (this.restTurns > 0) {
      this.restTurns--;
      this.arm();
      return;
    }
    this.turnStartedAt = now;
    for (let starts = 0; starts < this.settings.startsPerTurn; starts++) {
      const release = this.queue.shift();
      if (!release) break;
      release();
      this.hasStarted = true;
    }
    if (this.hasStarted) this.arm();
  };
}
