/**
 * How many lines may be written in a time, by default a second, and how many at once after a time that was quiet. Lines
 * beyond it are counted, so that the gap in the log can be told.
 */
export class LineBudget {
  private windowStart = -Infinity;
  private used = 0;
  private heldBack = 0;

  constructor(
    private readonly lines: number,
    private readonly perMs = 1000,
    private readonly atOnce = lines,
  ) {}

  /** Takes `lines` from the budget of this time, if there are as many left. */
  take(lines: number, nowMs: number): boolean {
    const windows = Math.floor((nowMs - this.windowStart) / this.perMs);
    if (windows > 0) {
      this.windowStart = nowMs;
      this.used = Math.max(0, Math.min(this.used, this.atOnce) - windows * this.lines);
    }
    if (this.used + lines > this.atOnce && this.used > 0) {
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
