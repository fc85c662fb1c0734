import type { MemoryReading } from '../../vitals/index.js';
import { WindowedFloor } from './windowed-floor.js';

/** What is resident outside the heap, in two parts. Bytes. */
export interface OutsideHeap {
  /** Buffers, and what other objects hold. */
  readonly externalBytes: number;
  /** The rest: code, native libraries, children, and what the allocator keeps of freed Buffers. */
  readonly nativeBytes: number;
  /** The last of these: the next Buffer may take it, and RSS does not grow. */
  readonly slackBytes: number;
}

/** The native base follows what is seen by so much per sample: a megabyte per second. */
const BASE_STEP_BYTES = 256 * 1024;
const WINDOW_MS = 10_000;

/**
 * Splits what is resident outside the heap. V8's count of external memory tells of the past: Buffers that were
 * collected, and whose pages have gone, stay in it until the next one is made. RSS lags the other way: the
 * allocator keeps pages of freed Buffers. So the two correct each other, around a base that moves slowly.
 */
export class OutsideHeapSplitter {
  private readonly peak = new WindowedFloor(WINDOW_MS);
  private base: number | undefined;

  get baseBytes(): number {
    return this.base ?? 0;
  }

  split(reading: MemoryReading, nowMs: number, isSample: boolean): OutsideHeap {
    const outside = Math.max(0, reading.usedBytes - reading.heapPhysicalBytes);
    const native = Math.max(0, outside - reading.externalBytes);
    this.base ??= native;
    if (isSample) {
      this.base += Math.min(Math.max(native - this.base, -BASE_STEP_BYTES), BASE_STEP_BYTES);
    }
    const externalBytes = Math.max(0, Math.min(reading.externalBytes, outside - this.base));
    this.peak.note(-externalBytes, nowMs);
    const nativeBytes = outside - externalBytes;
    const wasExternal = -this.peak.value - externalBytes;
    return {
      externalBytes,
      nativeBytes,
      slackBytes: Math.max(0, Math.min(nativeBytes - this.base, wasExternal)),
    };
  }
}
