import type { TurnGate } from '../turn-gate.js';

/** Read the clock at every item unless so many of them take less than this. */
const CHEAP_MS = 0.1;
const MAX_STRIDE = 16;

/**
 * Tells the items of a loop when to wait for a turn of the event loop. Reading a clock costs more than a cheap item, so
 * while items take microseconds it is read at every second one, then at every fourth, up to every sixteenth; one that takes
 * longer brings it back to every item. A long item after cheap ones is therefore followed by fifteen others at most before
 * the loop turns.
 */
export class SliceWatch {
  private stride = 1;
  private left = 1;
  private readAt: number;

  constructor(
    private readonly gate: TurnGate,
    private readonly sliceMs?: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.readAt = now();
  }

  /** To be called after each item: a promise of the next turn when the slice is used up. */
  turnIfDue(): Promise<void> | undefined {
    if (--this.left > 0) return undefined;
    const now = this.now();
    this.stride = now - this.readAt < CHEAP_MS ? Math.min(this.stride * 2, MAX_STRIDE) : 1;
    this.left = this.stride;
    this.readAt = now;
    return this.gate.isSliceUsed(this.sliceMs) ? this.gate.nextTurn(this.sliceMs) : undefined;
  }
}
