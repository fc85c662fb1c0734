/**
 * Under a flood of requests one job that is overdue gets its turn in this time: the longer, the longer the last turn has held
 * requests up. What that costs them is three times as long (measured: a job of 60 MB among requests of 30): while its
 * memory is cleared, while it takes it, and while it has it. So jobs take a tenth of the requests' time.
 */
const TURN_EVERY_MS = { least: 5000, most: 10_000 } as const;
const REST_PER_HELD = 30;
/** For so long do new requests wait until there is room for it: it must be free all at once. */
const TURN_LASTS_MS = 1000;
/** A job that is due asks at every sample. One that does not ask any more has gone. */
const ASKS_WITHIN_MS = 600;

/**
 * When a job may go before requests that wait.
 *
 * States: *resting* -> *due* (an overdue job was refused; new requests wait) -> *resting*, when a job has started, the
 * turn is over, or nobody asks any more. Requests are never held up for longer than a turn lasts.
 */
export class JobTurn {
  private restsUntilMs = -Infinity;
  private sinceMs: number | undefined;
  private askedAtMs = -Infinity;
  private inVain = false;

  /** A turn has ended without a start, since {@link forgetVain}. */
  get wasInVain(): boolean {
    return this.inVain;
  }

  forgetVain(): void {
    this.inVain = false;
  }

  /** Whether new requests wait for a job. */
  isDue(nowMs: number): boolean {
    if (this.sinceMs === undefined) return false;
    if (nowMs - this.askedAtMs > ASKS_WITHIN_MS) this.sinceMs = undefined;
    else if (nowMs - this.sinceMs > TURN_LASTS_MS) {
      this.rest(nowMs);
      this.inVain = true;
    }
    return this.sinceMs !== undefined;
  }

  /** Whether an overdue job may go before requests that wait. */
  mayGo(nowMs: number): boolean {
    return this.isDue(nowMs) || nowMs >= this.restsUntilMs;
  }

  /** An overdue job had its chance, and there was no room. */
  refused(nowMs: number): void {
    if (!this.mayGo(nowMs)) return;
    this.askedAtMs = nowMs;
    this.sinceMs ??= nowMs;
  }

  started(nowMs: number): void {
    this.rest(nowMs);
  }

  private rest(nowMs: number): void {
    const heldMs = this.sinceMs === undefined ? 0 : nowMs - this.sinceMs;
    this.sinceMs = undefined;
    const { least, most } = TURN_EVERY_MS;
    this.restsUntilMs = nowMs + Math.min(Math.max(heldMs * REST_PER_HELD, least), most);
  }
}
