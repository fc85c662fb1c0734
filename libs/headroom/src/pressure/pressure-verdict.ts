import { toMb } from '../units/index.js';
import type { PressureLevel } from './pressure-level.js';
import type { PressureSignal } from './pressure-signal.js';

/**
 * The judgement over one sample. Frozen.
 *
 * @publicApi
 */
export interface PressureVerdict {
  readonly level: PressureLevel;
  /** The highest score of all signals; may be above 1. */
  readonly score: number;
  /** The signals that put the score at or above `elevated`, worst first, each as a text such as `heap 455/500MB (91 %)`. */
  readonly reasons: readonly string[];
  /** Every signal, worst first. */
  readonly signals: readonly PressureSignal[];
  /** Milliseconds until the first limit is reached, the least of all signals; absent when none is near in time. */
  readonly timeToLimitMs?: number;
  /** When this level was entered: wall-clock time, milliseconds since the epoch. */
  readonly since: number;
  /** Milliseconds spent in this level so far. */
  readonly inLevelForMs: number;
}

/**
 * A change of level.
 *
 * @publicApi
 */
export interface PressureChange {
  readonly from: PressureLevel;
  readonly to: PressureLevel;
  readonly verdict: PressureVerdict;
  /** Milliseconds that were spent in `from`. */
  readonly wasInLevelForMs: number;
}

/** `heap 455/500MB (91 %)`, `event-loop 1200/1000ms (120 %)`, `rss 250/384MB (65 %), limit in 0.8s`. */
export function describeSignal(signal: PressureSignal): string {
  const { name, used, limit, share, timeToLimitMs, isCollectingInVain } = signal;
  const figures = name === 'event-loop' ? `${Math.round(used)}/${limit}ms` : `${toMb(used)}/${toMb(limit)}MB`;
  const soon = timeToLimitMs === undefined ? '' : `, limit in ${(timeToLimitMs / 1000).toFixed(1)}s`;
  const inVain = isCollectingInVain ? ', collecting in vain' : '';
  return `${name} ${figures} (${Math.round(share * 100)} %)${soon}${inVain}`;
}

/** The least time to a limit of all signals, milliseconds. */
export function leastTimeToLimit(signals: readonly PressureSignal[]): number | undefined {
  const times = signals.flatMap(({ timeToLimitMs }) => timeToLimitMs ?? []);
  return times.length > 0 ? Math.min(...times) : undefined;
}

/** The signals at or above the threshold, as texts. */
export function describeReasons(signals: readonly PressureSignal[], threshold: number): string[] {
  return signals.filter(({ score }) => score >= threshold).map(describeSignal);
}
