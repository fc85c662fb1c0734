import { Recent } from '../recent.js';

/** How often the time doubles: a job that keeps coming back is held for up to sixteen times as long. */
const MAX_DOUBLINGS = 4;

/**
 * How long the jobs of one worker are held before they are put off. One that comes back, because no other machine
 * took it, is held for twice as long: else a large job would lose its place in the line each time.
 */
export class HoldBounds {
  private readonly timesPutOff = new Recent<number>();

  /**
   * @param maxHoldMs of a job that is held for the first time; `false` is never
   * @param capMs a lock that is not renewed lasts no longer
   */
  of(jobId: string, maxHoldMs: number | false, capMs: number): number {
    if (maxHoldMs === false) return Infinity;
    const times = Math.min(this.timesPutOff.get(jobId) ?? 0, MAX_DOUBLINGS);
    return Math.min(maxHoldMs * 2 ** times, capMs);
  }

  putOff(jobId: string): void {
    this.timesPutOff.set(jobId, (this.timesPutOff.get(jobId) ?? 0) + 1);
  }

  started(jobId: string): void {
    this.timesPutOff.delete(jobId);
  }
}
