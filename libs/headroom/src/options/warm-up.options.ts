import type { OptionReader } from './option-reader.js';

/**
 * A path of the app itself, requested once with `GET`, or a function; its signal is aborted when the time is over or the
 * app closes.
 *
 * @publicApi
 */
export type WarmUpTask = string | ((signal: AbortSignal) => unknown);

/**
 * What is done once before the app is ready: caches filled, connections opened, code made warm. When every
 * `onApplicationBootstrap()` has run, methods marked `@OnWarmUp()` are called, then functions, and when the app listens
 * paths are requested; one after the other. Readiness is down until all is done.
 *
 * @publicApi
 */
export interface WarmUpOptions {
  /**
   * Functions, and paths of the app as a client would write them (`'/bundle/main'`). A path fails when its answer is
   * 400 or above.
   *
   * @default none
   */
  tasks?: readonly WarmUpTask[];
  /**
   * Milliseconds for all of it together, the wait for the app to listen left out. What is not done by then has failed.
   *
   * @default 30000
   * Minimum: `1`, maximum: `3600000`.
   */
  timeoutMs?: number;
  /**
   * What follows when something failed: the app is ready all the same, stays unready, or closes in good order and exits
   * with code 1.
   *
   * @default 'ready'
   */
  onFailure?: 'ready' | 'unready' | 'exit';
}

export interface ResolvedWarmUpOptions {
  readonly tasks: readonly WarmUpTask[];
  readonly timeoutMs: number;
  readonly onFailure: 'ready' | 'unready' | 'exit';
}

export function readWarmUpOptions(read: OptionReader): ResolvedWarmUpOptions {
  return {
    tasks: read.list<WarmUpTask>(
      'warmUp.tasks',
      "a list of functions, and of paths that start with '/', for example ['/bundle/main', () => fillCache()]",
      (one) => typeof one === 'function' || (typeof one === 'string' && one.startsWith('/')),
      [],
    ),
    timeoutMs: read.number('warmUp.timeoutMs', { min: 1, max: 3_600_000 }, 30_000),
    onFailure: read.oneOf('warmUp.onFailure', ['ready', 'unready', 'exit'], 'ready'),
  };
}
