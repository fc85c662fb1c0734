import type { ResolvedWarmUpOptions } from '../../options/warm-up.options.js';
import type { WarmUpTally } from './run-steps.js';

const MAX_NAMES = 5;

const WHAT_FOLLOWS = {
  ready: 'the app is ready all the same',
  unready: 'the app stays unready',
  exit: 'the app closes, exit 1',
} as const;

/**
 * `warmed up in 2.1s: 3 tasks (CacheService.fill, GET /bundle/main, ...)`, or
 * `warm-up failed: GET /bundle/main: answered 500; 2 of 3 tasks done in 2.1s; the app is ready all the same`
 */
export function formatWarmUp(
  { done, failed, tookMs }: WarmUpTally,
  onFailure: ResolvedWarmUpOptions['onFailure'],
): string {
  const took = `${(tookMs / 1000).toFixed(1)}s`;
  if (failed.length === 0) return `warmed up in ${took}: ${tasks(done.length)} (${list(done)})`;
  const all = tasks(done.length + failed.length);
  return (
    `warm-up failed: ${list(failed.map(({ name, why }) => `${name}: ${why}`))}; ` +
    `${done.length} of ${all} done in ${took}; ${WHAT_FOLLOWS[onFailure]} (warmUp.onFailure)`
  );
}

function list(all: readonly string[]): string {
  const shown = all.slice(0, MAX_NAMES).join(', ');
  return all.length > MAX_NAMES ? `${shown} and ${all.length - MAX_NAMES} more` : shown;
}

function tasks(count: number): string {
  return `${count} task${count === 1 ? '' : 's'}`;
}
