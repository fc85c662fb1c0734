import { TurnGate } from './turn-gate.js';

/** The gate of this process: there is one event loop, so there is one gate. */
export const processTurnGate = new TurnGate({ sliceMs: 10, startsPerTurn: 1 });

/**
 * Gives the event loop a turn, and resumes in a later one: through the gate that job starts use, so that ten jobs which
 * all yield resume one after the other, each while less than `turnGate.sliceMs` (default 10 ms) of a turn are used up.
 *
 * @example
 * ```ts
 * for (const chunk of chunks) {
 *   compute(chunk);
 *   await yieldToEventLoop();
 * }
 * ```
 * @publicApi
 */
export function yieldToEventLoop(): Promise<void> {
  return processTurnGate.nextTurn();
}

/**
 * Like {@link yieldToEventLoop}, but only when `turnGate.sliceMs` (default 10 ms) of this turn are used up;
 * otherwise it returns nothing, at the cost of reading a clock. Made for the inner loop.
 *
 * @example
 * ```ts
 * for (const row of rows) {
 *   compute(row);
 *   await yieldIfDue();
 * }
 * ```
 * @publicApi
 */
export function yieldIfDue(): Promise<void> | undefined {
  return processTurnGate.isSliceUsed() ? processTurnGate.nextTurn() : undefined;
}
