import type { PressureLevel } from '../../pressure/index.js';
import type { RequestPriority } from '../../admission/index.js';

interface Thresholds {
  readonly elevated: number;
  readonly critical: number;
}

interface Pressure {
  readonly level: PressureLevel;
  readonly score: number;
}

/** Where within the last band, between all `normal` requests and the limit itself, `critical` ones begin to go. */
const EDGE = 0.6;

/**
 * The share of requests of a priority that is refused, 0 to 1. A share and not all: refusing everybody at once lets
 * pressure fall, everybody in, and pressure rise again.
 *
 * Each band begins where the one before it ends, so that no request of a higher priority goes while one of a lower
 * is let in. With `elevated` at 0.8 and `critical` at 0.9: `sheddable` from 0.8 to 0.9, `normal` from 0.9 to 0.95,
 * `critical` from 0.98 to 1. Nothing goes while the level is normal, and only `sheddable` below critical: hysteresis
 * is in the level, not in the score.
 */
export function shedShare(
  priority: RequestPriority,
  { level, score }: Pressure,
  { elevated, critical }: Thresholds,
): number {
  if (level === 'normal') return 0;
  const full = (critical + 1) / 2;
  switch (priority) {
    case 'sheddable':
      return rise(score, elevated, critical);
    case 'normal':
      return level === 'critical' ? rise(score, critical, full) : 0;
    case 'critical':
      return level === 'critical' ? rise(score, full + EDGE * (1 - full), 1) : 0;
    default:
      return priority satisfies never;
  }
}

/** How far the score is on its way from `elevated` to the limit, 0 to 1. */
export function severity(score: number, { elevated }: Thresholds): number {
  return rise(score, elevated, 1);
}

function rise(value: number, from: number, to: number): number {
  if (value >= to) return 1;
  return value <= from ? 0 : (value - from) / (to - from);
}
