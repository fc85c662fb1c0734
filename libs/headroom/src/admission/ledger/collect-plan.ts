/** After a collection the loop is left alone for this many times as long as it took. */
const REST_FACTOR = 2;
const LEAST_REST_MS = 20;
/** What is taken for garbage without units having left it may be in use after all: looked for only so often. */
const GUESS_EVERY_MS = 5000;

/**
 * When garbage may be collected to make room: a collection blocks the loop, so it gets a third of the time at
 * most, and less when it is not known that there is something to collect.
 */
export class CollectPlan {
  private notBefore = -Infinity;
  private endedAtMs = -Infinity;

  /** @param isKnown whether units that have ended since the last one have left enough */
  isDue(nowMs: number, isKnown: boolean): boolean {
    return nowMs >= this.notBefore && (isKnown || nowMs - this.endedAtMs >= GUESS_EVERY_MS);
  }

  done(nowMs: number, tookMs: number): void {
    this.endedAtMs = nowMs;
    this.notBefore = nowMs + Math.max(LEAST_REST_MS, tookMs * REST_FACTOR);
  }
}
