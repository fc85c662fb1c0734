import { type Dimension, EXTERNAL } from './dimensions.js';
import type { Unit } from './unit.js';

/**
 * The time in which the code of one unit runs: from its start until no microtask is left. What is taken in it is put down
 * to that unit alone. Others that are resumed in the same moment are few, and what they take is taken for its own.
 */
export class OwnStretch {
  private unit: Unit | undefined;
  private buffersBefore = 0;
  private seenBytes = 0;

  get owner(): Unit | undefined {
    return this.unit;
  }

  /** @param bufferBytes of all Buffers, at once */
  begin(unit: Unit, bufferBytes: number): void {
    this.unit = unit;
    this.buffersBefore = bufferBytes;
    this.seenBytes = 0;
  }

  /** Its owner was seen to take so much. */
  take(d: Dimension, bytes: number): void {
    if (d === EXTERNAL) this.seenBytes += bytes;
    this.unit?.take(d, bytes);
  }

  /**
   * Bytes of Buffers that the owner has taken without being seen. What V8 tells of Buffers counts those that were
   * collected until the next one is made, so that a unit that makes one can seem to take nothing.
   *
   * @param bufferBytes of all Buffers, at once
   */
  hiddenBytes(bufferBytes: number): number {
    return this.unit ? Math.max(0, bufferBytes - this.buffersBefore - this.seenBytes) : 0;
  }

  end(): void {
    this.unit = undefined;
  }
}
