/**
 * How close the process is to the edge.
 *
 * @publicApi
 */
export type PressureLevel = 'normal' | 'elevated' | 'critical';

export interface LevelThresholds {
  readonly elevated: number;
  readonly critical: number;
  readonly exitMargin: number;
  readonly samplesToChange: number;
}

/** The level, and how many samples in a row have called for another one. */
export interface LevelState {
  readonly level: PressureLevel;
  /** The most moderate level that the disagreeing samples so far all call for. */
  readonly pending: PressureLevel;
  readonly samplesPending: number;
}

export const CALM: LevelState = Object.freeze({ level: 'normal', pending: 'normal', samplesPending: 0 });

const ORDER: Record<PressureLevel, number> = { normal: 0, elevated: 1, critical: 2 };

/**
 * The level after one more score. A level is entered at its threshold and left only `exitMargin` below it, and
 * either takes `samplesToChange` samples in a row: a spike, or a value at the threshold, changes nothing.
 */
export function nextLevel(state: LevelState, score: number, thresholds: LevelThresholds): LevelState {
  const called = levelFor(score, state.level, thresholds);
  if (called === state.level) {
    return state.samplesPending === 0
      ? state
      : { level: state.level, pending: state.level, samplesPending: 0 };
  }
  const isSameDirection =
    state.samplesPending > 0 && isAbove(called, state.level) === isAbove(state.pending, state.level);
  const pending = isSameDirection ? nearer(state.level, called, state.pending) : called;
  const samplesPending = isSameDirection ? state.samplesPending + 1 : 1;
  return samplesPending >= thresholds.samplesToChange
    ? { level: pending, pending, samplesPending: 0 }
    : { level: state.level, pending, samplesPending };
}

/** Whether `a` is a worse level than `b`. */
export function isAbove(a: PressureLevel, b: PressureLevel): boolean {
  return ORDER[a] > ORDER[b];
}

function levelFor(score: number, current: PressureLevel, thresholds: LevelThresholds): PressureLevel {
  const { elevated, critical, exitMargin } = thresholds;
  if (score >= (current === 'critical' ? critical - exitMargin : critical)) return 'critical';
  return score >= (current === 'normal' ? elevated : elevated - exitMargin) ? 'elevated' : 'normal';
}

function nearer(level: PressureLevel, a: PressureLevel, b: PressureLevel): PressureLevel {
  return Math.abs(ORDER[a] - ORDER[level]) <= Math.abs(ORDER[b] - ORDER[level]) ? a : b;
}
