import type { OptionReader } from './option-reader.js';

/** @publicApi */
export interface PressureOptions {
  /**
   * Share of a limit, 0 to 1, from which pressure is `elevated`: health is `degraded`, fewer jobs run at once, and
   * requests marked `@ShedPriority('sheddable')` get 503, more of them as it grows.
   *
   * @default 0.8, or 0.9 of `critical` where that is less
   */
  elevated?: number;
  /**
   * Share of a limit, 0 to 1, from which pressure is `critical`: requests get 503, more of them as it grows and all
   * of them (but those of `critical` priority) halfway to the limit; no job starts. This share of the effective
   * limit is the memory budget. Must be above `elevated`.
   *
   * @default 0.9
   */
  critical?: number;
  /**
   * How far, as a share, the score must fall below a level's threshold before the level is left: without
   * it a value at the threshold would flap.
   *
   * @default 0.05, or half of the distance between `elevated` and `critical` where that is less
   * Minimum: `0`; below the distance between `elevated` and `critical`.
   */
  exitMargin?: number;
  /**
   * Samples in a row that must agree before the level changes, up or down. One spike changes nothing.
   *
   * @default 2
   * Minimum: `1`, maximum: `100`.
   */
  samplesToChange?: number;
  /**
   * Event-loop delay in milliseconds that counts as a full limit (a share of 1). A late loop makes pressure
   * `elevated` at most: it slows jobs down, and of requests refuses some sheddable ones only. `false` leaves the
   * loop out of the judgement. The default is the time after which a Kubernetes probe gives up (`timeoutSeconds: 1`).
   *
   * @default 1000
   * Minimum: `10`.
   */
  maxEventLoopDelayMs?: number | false;
}

export interface ResolvedPressureOptions {
  readonly elevated: number;
  readonly critical: number;
  readonly exitMargin: number;
  readonly samplesToChange: number;
  readonly maxEventLoopDelayMs: number | false;
}

export function readPressureOptions(read: OptionReader): ResolvedPressureOptions {
  const critical = read.number('pressure.critical', { min: 0.01, max: 1 }, 0.9);
  const elevated = read.number('pressure.elevated', { min: 0.01, max: 1 }, Math.min(0.8, critical * 0.9));
  if (elevated >= critical) {
    read.reject('pressure.elevated', elevated, `less than pressure.critical (${critical})`);
  }
  const gap = Math.max(0, Number((critical - elevated).toFixed(6)));
  const exitMargin = read.number('pressure.exitMargin', { min: 0, max: 0.5 }, Math.min(0.05, gap / 2));
  if (elevated < critical && exitMargin >= gap) {
    read.reject('pressure.exitMargin', exitMargin, `less than critical - elevated (${gap})`);
  }
  return {
    elevated,
    critical,
    exitMargin,
    samplesToChange: read.integer('pressure.samplesToChange', { min: 1, max: 100 }, 2),
    maxEventLoopDelayMs: read.numberOrFalse('pressure.maxEventLoopDelayMs', { min: 10 }, 1000),
  };
}
