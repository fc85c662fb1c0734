import { MAX_TIMER_MS } from '../../options/bounds.js';
import { OptionReader } from '../../options/option-reader.js';

const PLACE = {
  failure: 'SingleFlight cannot be made',
  advice: 'Correct the options given to new SingleFlight() or @ShareResult().',
};

/** @publicApi */
export type SingleFlightFallback<K, V> = 'last-good' | { readonly value: V } | ((key: K) => V);

/** @publicApi */
export interface SingleFlightOptions<K, V> {
  /**
   * Milliseconds for which a value is served again without a computation. With `0` it is shared only with those that
   * come while it is computed. Errors are never kept.
   *
   * @default 0
   * Minimum: `0`.
   */
  readonly ttlMs?: number;
  /**
   * Milliseconds after `ttlMs` for which the value is still served, at once, while a new one is computed behind. When
   * that fails the value stays, and the next attempt is made a second later at the earliest.
   *
   * @default 0
   * Minimum: `0`.
   */
  readonly staleWhileRevalidateMs?: number;
  /**
   * Most values that are kept; the one that was not asked for longest goes first. Computations in flight are not
   * counted: each has a caller. A value that is out of date goes when it is asked for or pushed out, not before.
   *
   * @default 1000
   * Minimum: `1`.
   */
  readonly maxEntries?: number;
  /**
   * Milliseconds after which a caller waits no longer for a computation and gets the `fallback`. The computation goes on
   * behind.
   *
   * @default false: callers wait as long as it takes
   * Minimum: `1`, maximum: `2147483647`.
   */
  readonly deadlineMs?: number | false;
  /**
   * What a caller gets at its deadline: `'last-good'` (the last value of that key, however old), a value, or what a
   * function makes of the key. Without one, or without a last good value, it gets a `SingleFlightTimeoutError`.
   *
   * @default none
   */
  readonly fallback?: SingleFlightFallback<K, V>;
  /**
   * Called when a computation has failed that nobody waits for any longer, so that the error reaches no caller: a refresh,
   * or one that all callers have left at their deadline. What it throws or rejects with is logged once and swallowed.
   *
   * @default logs a warning for the first since one has succeeded
   */
  readonly onError?: (error: unknown, key: K) => void | Promise<void>;
}

export interface ResolvedSingleFlightOptions<K, V> {
  readonly ttlMs: number;
  readonly staleMs: number;
  readonly maxEntries: number;
  readonly deadlineMs: number | undefined;
  readonly fallback: SingleFlightFallback<K, V> | undefined;
  readonly onError: ((error: unknown, key: K) => void | Promise<void>) | undefined;
}

/** @throws {InvalidOptionsError} naming each wrong option, what was received and what is allowed */
export function readSingleFlightOptions<K, V>(
  options: SingleFlightOptions<K, V> = {},
): ResolvedSingleFlightOptions<K, V> {
  const read = new OptionReader(options);
  const deadlineMs = read.numberOrFalse('deadlineMs', { min: 1, max: MAX_TIMER_MS }, false);
  const resolved = {
    ttlMs: read.number('ttlMs', { min: 0 }, 0),
    staleMs: read.number('staleWhileRevalidateMs', { min: 0 }, 0),
    maxEntries: read.integer('maxEntries', { min: 1 }, 1000),
    deadlineMs: deadlineMs === false ? undefined : deadlineMs,
    fallback: read.optional('fallback', "'last-good', { value } or a function", isFallback<K, V>),
    onError: read.optional('onError', 'a function', isFunction),
  };
  if (resolved.fallback !== undefined && deadlineMs === false) {
    read.reject('fallback', options.fallback, 'nothing without a deadlineMs');
  }
  read.finish(PLACE);
  return resolved;
}

function isFunction(value: unknown): value is () => void {
  return typeof value === 'function';
}

function isFallback<K, V>(value: unknown): value is SingleFlightFallback<K, V> {
  return (
    value === 'last-good' ||
    typeof value === 'function' ||
    (typeof value === 'object' && value !== null && 'value' in value)
  );
}
