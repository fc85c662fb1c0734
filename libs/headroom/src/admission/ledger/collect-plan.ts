/** After a collection the loop is left alone for this many times as long as it took. */
const REST_FACTOR = 4;
const LEAST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 5000;

/**
 * When garbage may be collected to make room: a collection blocks the loop, so it gets a fifth of the time at
 * most, and less and less when it does not free what was hoped for.
 */
export class CollectPlan {
  private notBefore = -Infinity;
  private pauseMs = 0;

  isDue(nowMs: number): boolean {
    return nowMs >= this.notBefore;
  }

  done(nowMs: number, tookMs: number, freedBytes: number, hopedBytes: number): void {
    const restMs = Math.max(LEAST_PAUSE_MS, tookMs * REST_FACTOR);
    const isWorthIt = freedBytes >= hopedBytes / 2;
    this.pauseMs = isWorthIt ? restMs : Math.min(Math.max(restMs, this.pauseMs * 2), LONGEST_PAUSE_MS);
    this.notBefore = nowMs + this.pauseMs;
  }
}
