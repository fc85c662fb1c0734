/** The major collections between two samples that freed little. */
export interface CollectionWindow {
  readonly durationMs: number;
  readonly collections: number;
  /** How long they stopped the process. */
  readonly pausedMs: number;
}

/** How busy V8 is with major collections that free little. */
export interface CollectionRate {
  readonly collectionsPerSecond: number;
  readonly pausedShare: number;
}

/** Small heaps are collected many times a second near their end. */
const COUNTED_MS = 500;
/** Large ones once or twice, with the process stopped for most of the time. */
const PAUSES_MS = 2000;

/** The windows with one more, and without those that are too old to matter. */
export function withWindow(
  windows: readonly CollectionWindow[],
  added: CollectionWindow,
): readonly CollectionWindow[] {
  return lastOf([...windows, added], PAUSES_MS);
}

/**
 * Less time than is looked at counts as if it had been that long: one collection makes no rate. Nor does the
 * pause of a single one tell anything, as long as it may be.
 */
export function collectionRate(windows: readonly CollectionWindow[]): CollectionRate {
  const counted = sum(lastOf(windows, COUNTED_MS));
  const paused = sum(windows);
  return {
    collectionsPerSecond: (counted.collections * 1000) / Math.max(counted.durationMs, COUNTED_MS),
    pausedShare:
      paused.collections < 2 ? 0 : Math.min(1, paused.pausedMs / Math.max(paused.durationMs, PAUSES_MS)),
  };
}

/** As few of the last windows as make up this time. */
function lastOf(windows: readonly CollectionWindow[], spanMs: number): readonly CollectionWindow[] {
  let reachedMs = 0;
  const first = windows.findLastIndex(({ durationMs }) => (reachedMs += durationMs) >= spanMs);
  return windows.slice(Math.max(first, 0));
}

function sum(windows: readonly CollectionWindow[]): CollectionWindow {
  return windows.reduce(
    (total, window) => ({
      durationMs: total.durationMs + window.durationMs,
      collections: total.collections + window.collections,
      pausedMs: total.pausedMs + window.pausedMs,
    }),
    { durationMs: 0, collections: 0, pausedMs: 0 },
  );
}
