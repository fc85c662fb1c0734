import { type SchedulerAction, type SchedulerLike, Subscription } from 'rxjs';

import { TurnLine } from '../turn-line.js';
import { processTurnGate } from '../yield.js';

/** NOTE: RxJS calls `work` with the action as `this`, to let it schedule itself again. */
type Work<T> = (this: SchedulerAction<T>, state: T) => void;

const line = new TurnLine(processTurnGate);

/** One piece of work that may be scheduled again: only the last time counts. */
class TurnAction<T> extends Subscription implements SchedulerAction<T> {
  private scheduled = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly work: Work<T>) {
    super(() => clearTimeout(this.timer));
  }

  schedule(state?: T, delayMs = 0): this {
    if (this.closed) return this;
    const scheduled = ++this.scheduled;
    const join = () => line.join(() => this.execute(scheduled, state as T));
    clearTimeout(this.timer);
    // NOTE: it keeps the process alive, as the timers of other schedulers do: the app waits for it.
    if (delayMs > 0) this.timer = setTimeout(join, delayMs);
    else join();
    return this;
  }

  private execute(scheduled: number, state: T): void {
    if (this.closed || scheduled !== this.scheduled) return;
    try {
      this.work(state);
    } catch (error) {
      this.unsubscribe();
      // As RxJS does with what nobody catches.
      setTimeout(() => {
        throw error;
      });
    }
  }
}

/**
 * An RxJS scheduler whose work passes the gate that job starts use: at once while less than `turnGate.sliceMs` (default
 * 10 ms) of a turn of the event loop are used up, else in a later turn; always in order, and one for the whole process.
 *
 * `scheduled(rows, turnGateScheduler)` takes the next row from an iterable when the last one has been worked off, so that
 * nothing piles up however many there are. `observeOn(turnGateScheduler)` takes what a source pushes: what comes faster
 * than it is worked off waits in memory, without a bound, as with every scheduler; bound the source.
 *
 * Unsubscribing ends both at once: what waits is not delivered, and the iterator is closed.
 *
 * @example
 * ```ts
 * scheduled(rows, turnGateScheduler).pipe(map(rank), toArray());
 * prices$.pipe(observeOn(turnGateScheduler), map(rank));
 * ```
 * @publicApi
 */
export const turnGateScheduler: SchedulerLike = {
  now: () => Date.now(),
  schedule: <T>(work: Work<T>, delayMs?: number, state?: T): Subscription =>
    new TurnAction(work).schedule(state, delayMs),
};
