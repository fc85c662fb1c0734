/** NOTE: a microtask at a fraction of the cost of `queueMicrotask()`. */
const READY = Promise.resolve();

/**
 * Calls back in this turn of the event loop, when no microtask is left: work that was resumed by a promise has run by
 * then, up to its first wait for anything outside the process.
 *
 * NOTE: a tick that another tick or an immediate asks for comes before the microtasks of that one; asked for by a
 * microtask, after all.
 */
export function afterMicrotasks(callback: () => void): void {
  void READY.then(() => process.nextTick(callback));
}
