import { Recent } from '../recent.js';
import { HoldBounds } from './hold-bounds.js';

/** Jobs of one worker that go back to their queue for later. */
export class PutOffs {
  /** Whether a job was put off, and none has started since. */
  isLatest = false;
  private readonly bounds = new HoldBounds();
  private readonly tooSoon = new Recent<number>();

  /**
   * Milliseconds after which a job is put off; `Infinity` is never.
   *
   * @param maxHoldMs of a job that is held for the first time; `false` is never
   * @param capMs a lock that is not renewed lasts no longer
   */
  maxHoldMs(jobId: string, maxHoldMs: number | false, capMs: number): number {
    return this.bounds.of(jobId, maxHoldMs, capMs);
  }

  /** A job was held for too long. */
  putOff(jobId: string): void {
    this.isLatest = true;
    this.bounds.putOff(jobId);
  }

  /** A job has come that still runs here. Returns how often in a row. */
  comesTooSoon(jobId: string): number {
    this.isLatest = true;
    const times = (this.tooSoon.get(jobId) ?? 0) + 1;
    this.tooSoon.set(jobId, times);
    return times;
  }

  started(jobId: string): void {
    this.isLatest = false;
    this.bounds.started(jobId);
    this.tooSoon.delete(jobId);
  }
}
