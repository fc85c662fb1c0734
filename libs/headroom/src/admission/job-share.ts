import type { PressureLevel } from '../pressure/index.js';

/** Which share of its concurrency each worker may use, and the score at which that was judged. */
export interface JobShare {
  readonly share: number;
  readonly score: number;
}

interface Judgement {
  readonly level: PressureLevel;
  readonly score: number;
  readonly inLevelForMs: number;
}

export const FULL_SHARE: JobShare = Object.freeze({ share: 1, score: 0 });

/** What one sample gives back: a full share comes back in ten samples at the earliest. */
const STEP_UP = 0.1;
/** What a climbing score takes beyond its cap: it does not show yet what the last starts will need. */
const FACTOR_DOWN = 0.9;
/** A score that rises by this much from one sample to the next climbs. */
const CLIMB = 0.01;
/** After so long in calm the past does not count, whether the share was used or not. */
const FORGET_AFTER_MS = 30_000;
/** So that 0.7 of 10 is 7, and 0.82 a hundredth more than 0.81. */
const ROUNDING = 1e-9;

/**
 * The share after one more sample: fast down, slow up.
 *
 * - `critical`: none.
 * - `elevated`: at most what is left of the way to critical, at once, and a tenth less while the score climbs. Below
 *   that cap it rises like in calm.
 * - `normal`: rises by a tenth per sample, but only while it is used: that few jobs ran well says nothing about many.
 */
export function nextShare(
  { share, score: before }: JobShare,
  { level, score, inLevelForMs }: Judgement,
  thresholds: { readonly elevated: number; readonly critical: number },
  isUsed: boolean,
): JobShare {
  switch (level) {
    case 'normal': {
      if (inLevelForMs >= FORGET_AFTER_MS) return FULL_SHARE;
      const raised = raise(share, isUsed);
      return { share: raised > 1 - ROUNDING ? 1 : raised, score };
    }
    case 'elevated': {
      const left = (thresholds.critical - score) / (thresholds.critical - thresholds.elevated);
      const cap = Math.min(1, Math.max(0, left));
      const wanted = score - before > CLIMB - ROUNDING ? share * FACTOR_DOWN : raise(share, isUsed);
      return { share: Math.min(cap, wanted), score };
    }
    case 'critical':
      return { share: 0, score };
    default:
      return level satisfies never;
  }
}

/**
 * How many jobs of one worker may run: its share of the concurrency that the user set, but at least one, because one
 * job may wait for what another worker has in its queue. Unbounded with a full share: BullMQ keeps the concurrency.
 */
export function jobLimit(level: PressureLevel, share: number, concurrency: number): number {
  if (level === 'critical') return 0;
  if (share >= 1) return Infinity;
  return Math.max(1, Math.floor(concurrency * share + ROUNDING));
}

function raise(share: number, isUsed: boolean): number {
  return isUsed ? share + STEP_UP : share;
}
