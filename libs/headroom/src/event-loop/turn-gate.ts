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
 * States: *open* (nobody waits, no immediate armed) and *turning* (someone waits, or has entered as the first of this
 * turn; one immediate armed). `enter` and `enterFirst` move open to turning; the immediate that releases the last one, or
 * finds nobody, moves it back.
 */
export class TurnGate {
  private readonly queue = new Fifo<Release>();
  private isTurning = false;
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
    if (this.isTurning || this.isSliceUsed(sliceMs)) return this.nextTurn();
    this.passed++;
    return undefined;
  }

  /**
   * Like {@link enter}, but one may go on at once in a turn of which the gate knows nothing yet, as when nobody has come
   * for long; whoever comes after it waits for the next turn.
   */
  enterFirst(): Promise<void> | undefined {
    if (this.isTurning) return this.nextTurn();
    this.passed++;
    this.turnStartedAt = this.now();
    this.arm();
    return undefined;
  }

  /** A promise of a later turn, whether the slice is used up or not. Never rejects. */
  nextTurn(): Promise<void> {
    this.waited++;
    return new Promise<void>((release) => {
      this.queue.push(release);
      if (!this.isTurning) this.arm();
    });
  }

  private arm(): void {
    this.isTurning = true;
    setImmediate(this.turn);
  }

  private readonly turn = (): void => {
    this.turnStartedAt = this.now();
    for (let starts = 0; starts < this.settings.startsPerTurn; starts++) {
      const release = this.queue.shift();
      if (!release) break;
      release();
    }
    // Armed from within the check phase, an immediate runs in the next turn: timers and I/O come first.
    if (this.queue.size > 0) setImmediate(this.turn);
    else this.isTurning = false;
  };
}
