import type { HeapSurvivors, VitalsSample } from '../vitals/index.js';
import { heldBelow, type PressureSignal, signal } from './pressure-signal.js';

/**
 * NOTE: measured on Node 20, 22 and 24: leaks ended with survivors at 81 to 100 % of what they may fill. V8 gives up
 * from 80 % on when collecting gets it nowhere, on a busy machine half a second after one collection began to
 * follow the other. So this share is the limit then: critical (0.9) is at 77 %.
 */
const LIMIT_IN_VAIN = 0.85;
/** Two in half a second. A heap with room to spare is collected less than once in a second. */
const COLLECTIONS_PER_SECOND_IN_VAIN = 3;
const PAUSED_SHARE_IN_VAIN = 0.3;

/**
 * The heap is critical by what survives a major collection, never by the garbage on top of it: near its limit V8
 * collects constantly, so that survivors are fresh there.
 */
export function heapSignal(sample: VitalsSample, belowCritical: number): PressureSignal {
  const { heapUsedBytes, heapCeilingBytes, heapSurvivors } = sample;
  const withGarbage = heldBelow(belowCritical, signal('heap', heapUsedBytes, heapCeilingBytes));
  if (!heapSurvivors) return withGarbage;
  // Less is in use than survived where the collector of young objects has found more.
  const survived = signal('heap', Math.min(heapSurvivors.bytes, heapUsedBytes), heapSurvivors.limitBytes);
  const judged: PressureSignal = isCollectingInVain(heapSurvivors)
    ? { ...survived, score: survived.share / LIMIT_IN_VAIN, isCollectingInVain: true }
    : survived;
  return judged.score > withGarbage.score ? judged : withGarbage;
}

function isCollectingInVain({ collectionsPerSecond, pausedShare }: HeapSurvivors): boolean {
  return collectionsPerSecond >= COLLECTIONS_PER_SECOND_IN_VAIN || pausedShare >= PAUSED_SHARE_IN_VAIN;
}
