/**
 * How many lines may be written in a time, by default a second. Lines beyond it are counted, so that the gap in the
 * log can be told.
 */
export class LineBudget {
  private windowStart = -Infinity;
  private used = 0;
  private heldBack = 0;

  constructor(
    private readonly lines: number,
    private readonly perMs = 1000,
  ) {}

  /** Takes `lines` from the budget of this time, if there are as many left. */
  take(lines: number, nowMs: number): boolean {
    if (nowMs - this.windowStart >= this.perMs) {
      this.windowStart = nowMs;
      this.used = 0;
    }
    if (this.used + lines > this.lines && this.used > 0) {
      this.heldBack += lines;
      return false;
    }
    this.used += lines;
    return true;
  }

  /** One of the lines held back was written after all. */
  wroteAnyway(): void {
    if (this.heldBack > 0) this.heldBack--;
  }

  /** Lines held back since the last call. */
  drainHeldBack(): number {
    const count = this.heldBack;
    this.heldBack = 0;
    return count;
  }
}
