const WAIT_MS = 1000;
const PAUSE_MS = 5000;
const LONGEST_PAUSE_MS = 120_000;
const WORTH_IT = 0.03;

/**
 * When to ask for garbage: not at once, V8 may be about to collect by itself; then every five seconds as long as
 * it helps, and ever less often when it does not, because a collection blocks the loop.
 */
export class ReclaimPlan {
  private pauseMs = PAUSE_MS;
  private notBefore = -Infinity;

  isDue(nowMs: number, inCriticalForMs: number): boolean {
    return inCriticalForMs >= WAIT_MS && nowMs >= this.notBefore;
  }

  /** @param freedShare what was freed, as a share of the limit */
  done(nowMs: number, freedShare: number): void {
    this.pauseMs = freedShare >= WORTH_IT ? PAUSE_MS : Math.min(this.pauseMs * 2, LONGEST_PAUSE_MS);
    this.notBefore = nowMs + this.pauseMs;
  }
}
