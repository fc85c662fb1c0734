import type { MemoryReading } from '../../vitals/index.js';
import type { OutsideHeap } from './outside-heap.js';

export const HEAP = 0;
/** The heap without the young generation, whose garbage goes by itself. */
export const OLD = 1;
/** Buffers, and what other objects hold outside the heap. */
export const EXTERNAL = 2;
/** What is resident and neither: code, native libraries, children, and what the allocator keeps of freed Buffers. */
export const NATIVE = 3;

export const DIMENSIONS = [HEAP, OLD, EXTERNAL, NATIVE] as const;

/** What is watched of memory, apart because each tells another lie. */
export type Dimension = (typeof DIMENSIONS)[number];

export function valuesOf(reading: MemoryReading, { externalBytes, nativeBytes }: OutsideHeap): Float64Array {
  const values = new Float64Array(DIMENSIONS.length);
  values[HEAP] = reading.heapUsedBytes;
  values[OLD] = reading.heapOldBytes;
  values[EXTERNAL] = externalBytes;
  values[NATIVE] = nativeBytes;
  return values;
}
