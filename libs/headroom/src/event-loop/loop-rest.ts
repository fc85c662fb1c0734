import { performance } from 'node:perf_hooks';

/** At most: under a load of requests each turn brings some, and work must not wait for ever. */
const MAX_TURNS = 8;

/** Connections, reads and answers of other threads that libuv has handled since start (Node 20.18 and later). */
export type CountEvents = () => number;

const handledEvents: CountEvents = () => performance.nodeTiming.uvMetricsInfo.events;

/**
 * The turns that the event loop is left alone after long work. libuv (1.45 and later) accepts one connection per turn and
 * reads from it in the next: one turn is too few for a probe. So it rests until a turn has brought nothing, which can be
 * the one that has just been: it began with the look for what had come meanwhile.
 */
export class LoopRest {
  private turnsLeft = 0;
  /** At the last look: since then, also before the work, each event is news. */
  private handled = NaN;

  constructor(private readonly events: CountEvents = handledEvents) {}

  begin(): void {
    this.turnsLeft = MAX_TURNS;
  }

  /** To be asked once per turn: whether this one belongs to others. */
  takesTurn(): boolean {
    if (this.turnsLeft === 0) return false;
    const handled = this.events();
    this.turnsLeft = handled === this.handled ? 0 : this.turnsLeft - 1;
    this.handled = handled;
    return this.turnsLeft > 0;
  }
}
