import type { PressureLevel } from '../pressure/index.js';

/**
 * How many jobs may run at once in this process: all that the workers' concurrency allows when calm, fewer in
 * proportion as the score climbs from `elevated` to `critical`, but at least one so that nothing starves, and
 * none at critical.
 */
export function jobAllowance(
  level: PressureLevel,
  score: number,
  concurrency: number,
  thresholds: { readonly elevated: number; readonly critical: number },
): number {
  switch (level) {
    case 'normal':
      return Infinity;
    case 'elevated': {
      const left = (thresholds.critical - score) / (thresholds.critical - thresholds.elevated);
      return Math.max(1, Math.floor(concurrency * Math.min(1, left)));
    }
    case 'critical':
      return 0;
    default:
      return level satisfies never;
  }
}
