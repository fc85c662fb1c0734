/** Seen: RSS follows a collection within this time; some 50 ms for 60 MB. */
const RETURN_MS = 500;

/** Pages that a collection has freed, and that another thread is giving back: RSS counts them still. */
export class ReturningPages {
  private freedBytes = 0;
  private freedAtMs = -Infinity;

  /** A collection has freed so much. */
  freed(bytes: number, nowMs: number): void {
    this.freedBytes = Math.max(0, bytes) + (this.isLate(nowMs) ? 0 : this.freedBytes);
    this.freedAtMs = nowMs;
  }

  /** @param excessBytes resident, and neither V8's nor a Buffer's nor what is resident always */
  bytes(excessBytes: number, nowMs: number): number {
    return this.isLate(nowMs) ? 0 : Math.min(this.freedBytes, Math.max(0, excessBytes));
  }

  private isLate(nowMs: number): boolean {
    return nowMs - this.freedAtMs > RETURN_MS;
  }
}
