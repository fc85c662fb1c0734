/**
 * The lowest value of the last one to two windows: the bottom of a saw-tooth, which follows a value that has
 * really grown after two windows.
 */
export class WindowedFloor {
  private windowStart = -Infinity;
  private before = Infinity;
  private now = Infinity;

  constructor(private readonly windowMs: number) {}

  /** `Infinity` as long as nothing was noted. */
  get value(): number {
    return Math.min(this.before, this.now);
  }

  note(value: number, nowMs: number): void {
    if (nowMs - this.windowStart >= this.windowMs) {
      this.before = this.now;
      this.now = Infinity;
      this.windowStart = nowMs;
    }
    if (value < this.now) this.now = value;
  }
}
