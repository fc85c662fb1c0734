/** Memory in use at one moment. */
export interface MemoryPoint {
  /** Monotonic time. */
  readonly atMs: number;
  readonly bytes: number;
}

/** Two intervals: what one of them shows alone may be a jump that is over. */
export const POINTS_OF_GROWTH = 3;

/**
 * Bytes per second by which memory climbs: the slower of the last two intervals, so that a jump with a plateau
 * behind it, or before it, is none. 0 when it did not grow in both.
 */
export function growthPerSecond(points: readonly MemoryPoint[]): number {
  const [first, second, third] = points.slice(-POINTS_OF_GROWTH);
  if (!first || !second || !third) return 0;
  return Math.max(0, Math.min(rate(first, second), rate(second, third)));
}

function rate(from: MemoryPoint, to: MemoryPoint): number {
  const elapsedMs = to.atMs - from.atMs;
  return elapsedMs > 0 ? ((to.bytes - from.bytes) * 1000) / elapsedMs : 0;
}
