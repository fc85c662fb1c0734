import { afterMicrotasks } from '../vitals/index.js';
import { Fifo } from './fifo.js';
import type { TurnGate } from './turn-gate.js';

type Resume = () => void;

/**
 * Those who wait for the same thing, resumed one after the other in the order in which they came. The first goes on at
 * once unless others wait at the gate, or have gone on at once in this turn; each of the next passes the gate on its own:
 * while the slice of a turn is not used up in that turn, else in a later one.
 *
 * Work that is resumed by a promise runs as a microtask, after whoever resumed it. So the next in line is looked at when
 * no microtask is left: only then can the gate tell how long the last one took.
 *
 * States: *idle* (nobody is in line) and *releasing* (a tick or a turn is awaited, one at a time). `join` moves idle to
 * releasing; who finds the line empty moves it back.
 */
export class TurnLine {
  private readonly waiting = new Fifo<Resume>();
  private isReleasing = false;

  constructor(private readonly gate: TurnGate) {}

  /** @param resume must not throw; called once, never before `join` has returned */
  join(resume: Resume): void {
    this.waiting.push(resume);
    if (this.isReleasing) return;
    this.isReleasing = true;
    const turn = this.gate.enterFirst();
    if (turn) this.resumeAfter(turn);
    else process.nextTick(this.resumeNext);
  }

  private readonly resumeNext = (): void => {
    this.waiting.shift()?.();
    afterMicrotasks(this.goOn);
  };

  private readonly goOn = (): void => {
    if (this.waiting.size === 0) {
      this.isReleasing = false;
      return;
    }
    const turn = this.gate.enter();
    if (turn) this.resumeAfter(turn);
    else this.resumeNext();
  };

  private resumeAfter(turn: Promise<void>): void {
    void turn.then(this.resumeNext);
  }
}
