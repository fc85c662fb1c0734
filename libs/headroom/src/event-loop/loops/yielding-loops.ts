import { checkSliceMs } from '../slice.js';
import { processTurnGate } from '../yield.js';
import { SliceWatch } from './slice-watch.js';

/** @publicApi */
export interface YieldingLoopOptions {
  /**
   * Milliseconds of work in one turn of the event loop after which the loop waits for the next.
   *
   * @default the module's `turnGate.sliceMs`
   * Minimum: `0`: each item, or each sixteenth of those that take microseconds, has a turn of its own.
   */
  readonly sliceMs?: number;
  /** Ends the loop after the item at which it is aborted: it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * A `for...of` that gives the event loop its turns: when `sliceMs` of a turn are used up it goes on in a later one, through
 * the gate that job starts use, so that ten such loops do not resume back to back. For items that take microseconds it
 * reads the clock at every sixteenth only, and costs some nanoseconds each.
 *
 * Items are taken one at a time and in order; a promise that `fn` returns is awaited before the next is taken. On an
 * abort, or when `fn` throws, the iterator is closed (`return()`), as in `for...of`. What a single item takes cannot be
 * cut: split it.
 *
 * @param items an array or anything iterable, or async iterable: read lazily, nothing is buffered
 * @throws {RangeError} when `sliceMs` is not a number of at least 0
 * @example
 * ```ts
 * await forEachYielding(rows, (row) => index.add(row), { signal });
 * ```
 * @publicApi
 */
export async function forEachYielding<T>(
  items: Iterable<T> | AsyncIterable<T>,
  fn: (item: T, index: number) => unknown,
  { sliceMs, signal }: YieldingLoopOptions = {},
): Promise<void> {
  checkSliceMs('forEachYielding()', sliceMs);
  signal?.throwIfAborted();
  const watch = new SliceWatch(processTurnGate, sliceMs);
  let index = 0;
  if (isAsyncIterable(items)) {
    for await (const item of items) {
      signal?.throwIfAborted();
      await fn(item, index++);
      await watch.turnIfDue();
      signal?.throwIfAborted();
    }
    return;
  }
  for (const item of items) {
    const result = fn(item, index++);
    if (isPromiseLike(result)) await result;
    const turn = watch.turnIfDue();
    if (turn) await turn;
    // Here, and not before `fn`: the iterator must not give an item that nobody gets.
    signal?.throwIfAborted();
  }
}

/**
 * Like {@link forEachYielding}, and resolves to what `fn` has returned for each item, in the order of the items.
 *
 * @example
 * ```ts
 * const ranked = await mapYielding(rows, (row) => rank(row));
 * ```
 * @publicApi
 */
export async function mapYielding<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  fn: (item: T, index: number) => R | PromiseLike<R>,
  options: YieldingLoopOptions = {},
): Promise<R[]> {
  const results: R[] = [];
  const keep = (result: R) => void results.push(result);
  await forEachYielding(
    items,
    (item, index) => {
      const result = fn(item, index);
      return isPromiseLike(result) ? result.then(keep) : keep(result);
    },
    options,
  );
  return results;
}

function isAsyncIterable<T>(items: Iterable<T> | AsyncIterable<T>): items is AsyncIterable<T> {
  return (items as AsyncIterable<T>)[Symbol.asyncIterator] !== undefined;
}

function isPromiseLike<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
