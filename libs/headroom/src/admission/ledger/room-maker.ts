import { findGarbageCollector } from '../../vitals/index.js';
import { CollectPlan } from './collect-plan.js';

/** Freed buffers leave RSS a moment after the collection: another thread gives them back. */
const LOOK_AGAIN_MS = 15;

/** What it has done since start. */
export interface RoomMakerCounters {
  readonly collections: number;
  readonly collectedMs: number;
}

/** Asks V8 to collect when that would make room for a unit that waits. */
export class RoomMaker {
  private readonly plan = new CollectPlan();
  private collector: (() => void) | undefined;
  private hasLooked = false;
  private timer: NodeJS.Timeout | undefined;
  private collections = 0;
  private collectedMs = 0;

  /** @param lookAgain called a moment after a collection, when what it freed has really gone */
  constructor(
    private readonly isAllowed: boolean,
    private readonly lookAgain: () => void,
  ) {}

  get counters(): RoomMakerCounters {
    return { collections: this.collections, collectedMs: Math.round(this.collectedMs) };
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /**
   * Collects, unless that was done too lately.
   *
   * @param isKnown whether units that have ended have left enough garbage
   */
  collect(isKnown: boolean): boolean {
    if (!this.isAllowed) return false;
    const startedAtMs = performance.now();
    if (!this.plan.isDue(startedAtMs, isKnown)) {
      this.lookAgainSoon();
      return false;
    }
    if (!this.hasLooked) this.collector = findGarbageCollector();
    this.hasLooked = true;
    if (!this.collector) return false;
    this.collector();
    const tookMs = performance.now() - startedAtMs;
    this.collections++;
    this.collectedMs += tookMs;
    this.plan.done(startedAtMs + tookMs, tookMs);
    this.lookAgainSoon();
    return true;
  }

  private lookAgainSoon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.lookAgain();
    }, LOOK_AGAIN_MS).unref();
  }
}
