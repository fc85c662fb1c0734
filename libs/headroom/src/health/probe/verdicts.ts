import type { Unavailable } from '../../lifecycle/index.js';
import type { PressureLevel } from '../../pressure/index.js';

type NotReady = Unavailable | 'critical pressure';

/** Why the app is not ready, by the number on the loop board; `0` is what stands there from the start. */
export const VERDICTS = Object.freeze([
  'starting',
  undefined,
  'warming up',
  'warm-up failed',
  'not listening',
  'critical pressure',
  'draining',
] as const satisfies readonly (NotReady | undefined)[]);

/** The number of a verdict. In `observe` mode nothing is done about pressure. */
export function verdictCode(
  unavailable: Unavailable | undefined,
  level: PressureLevel,
  isObserving: boolean,
): number {
  const isOverloaded = level === 'critical' && !isObserving;
  return VERDICTS.indexOf(unavailable ?? (isOverloaded ? 'critical pressure' : undefined));
}
