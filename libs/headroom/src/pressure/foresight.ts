import type { PressureSignal } from './pressure-signal.js';

/** Growth at a lower share is an app that starts, or fills its caches. */
const SUBSTANTIAL_SHARE = 0.6;

/** What two intervals show says nothing about a time that is further away. */
const FARTHEST_MS = 10_000;

/** How long work takes to react: requests that run end, jobs that run are not joined by others. */
const REACTION_MS = 1500;

/** A climb is judged early when the limit would be reached in this time. */
const LONGEST_HORIZON_MS = 5000;

/**
 * How far ahead to look: as long as it takes to change the level and then to feel it, 2 s with the defaults.
 */
export function horizonMs(samplesToChange: number, sampleIntervalMs: number): number {
  return Math.min(samplesToChange * sampleIntervalMs + REACTION_MS, LONGEST_HORIZON_MS);
}

/**
 * The signal with the time to its limit. When that is within the horizon, its score is the share that will be
 * reached in half of it: a limit that is a whole horizon away counts as halfway there, one that is half as far
 * as reached.
 */
export function foreseen(
  signal: PressureSignal,
  growthBytesPerSecond: number,
  horizon: number,
): PressureSignal {
  const room = signal.limit - signal.used;
  if (growthBytesPerSecond <= 0 || room <= 0) return signal;
  const timeToLimitMs = (room / growthBytesPerSecond) * 1000;
  if (timeToLimitMs > FARTHEST_MS) return signal;
  if (timeToLimitMs > horizon || signal.share < SUBSTANTIAL_SHARE) return { ...signal, timeToLimitMs };
  const ahead = signal.share + (growthBytesPerSecond * (horizon / 2000)) / signal.limit;
  return { ...signal, timeToLimitMs, score: Math.max(signal.score, Math.min(1, ahead)) };
}
