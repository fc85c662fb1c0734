import type { OptionReader } from './option-reader.js';

/** @publicApi */
export interface TurnGateOptions {
  /**
   * Milliseconds of work after which the next job, or the next `yieldIfDue()`, waits for a fresh turn of the
   * event loop. Of those that wait, short ones share a turn until so much of it is used. `0` gives every start a turn of
   * its own.
   *
   * @default 10
   * Minimum: `0`, maximum: `1000`.
   */
  sliceMs?: number;
  /**
   * How many of those that wait at the gate start in one turn of the event loop, however long they take.
   *
   * @default 1
   * Minimum: `1`, maximum: `1000`.
   */
  startsPerTurn?: number;
}

export interface ResolvedTurnGateOptions {
  readonly sliceMs: number;
  readonly startsPerTurn: number;
}

export function readTurnGateOptions(read: OptionReader): ResolvedTurnGateOptions {
  return {
    sliceMs: read.number('turnGate.sliceMs', { min: 0, max: 1000 }, 10),
    startsPerTurn: read.integer('turnGate.startsPerTurn', { min: 1, max: 1000 }, 1),
  };
}
