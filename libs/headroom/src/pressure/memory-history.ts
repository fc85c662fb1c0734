import { growthPerSecond, type MemoryPoint, POINTS_OF_GROWTH } from './memory-growth.js';
import type { PressureSignal, PressureSignalName } from './pressure-signal.js';

interface Course {
  readonly limit: number;
  readonly points: readonly MemoryPoint[];
}

/**
 * Values that are nearer in time are not kept beside one another: with quick samples an allocation of a moment would
 * be two intervals long, and some bytes in no time would be a steep climb.
 */
const SHORTEST_MS = 125;

/** The last few values of each signal. */
export class MemoryHistory {
  private readonly courses = new Map<PressureSignalName, Course>();

  /**
   * Bytes per second by which a signal grows, this value included.
   *
   * @param nowMs monotonic time
   */
  growthOf({ name, used, limit }: PressureSignal, nowMs: number): number {
    const course = this.courses.get(name);
    // Another limit may be another cgroup's, and so its memory: nothing has grown from one to the other.
    const points = course?.limit === limit ? course.points : [];
    const added = [...points, { atMs: nowMs, bytes: used }].slice(-POINTS_OF_GROWTH);
    const last = points.at(-1);
    if (!last || nowMs - last.atMs >= SHORTEST_MS) this.courses.set(name, { limit, points: added });
    return growthPerSecond(added);
  }
}
