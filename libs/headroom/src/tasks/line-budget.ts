/**
 * How many lines may be written per second. Lines beyond it are counted, so that the gap in the log can be
 * told.
 */
export class LineBudget {
  private windowStart = -Infinity;
  private used = 0;
  private heldBack = 0;

  constructor(private readonly linesPerSecond: number) {}

  /** Takes `lines` from this second's budget, if there are as many left. */
  take(lines: number, nowMs: number): boolean {
    if (nowMs - this.windowStart >= 1000) {
      this.windowStart = nowMs;
      this.used = 0;
    }
    if (this.used + lines > this.linesPerSecond && this.used > 0) {
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
