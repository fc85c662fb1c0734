import { getHeapStatistics } from 'node:v8';

import { toMb } from '../units/index.js';
import type { VitalsSample } from './vitals-sample.js';

/**
 * Memory of this process at one moment, in bytes.
 *
 * @publicApi
 */
export interface MemoryFacts {
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
  readonly heapCeilingBytes: number;
  readonly externalBytes: number;
}

/** Reads the memory in use now; some microseconds. */
export function takeMemorySnapshot(
  heapCeilingBytes: number,
  rssBytes = process.memoryUsage.rss(),
): MemoryFacts {
  const heap = getHeapStatistics();
  return {
    rssBytes,
    heapUsedBytes: heap.used_heap_size,
    heapCeilingBytes,
    externalBytes: heap.external_memory,
  };
}

/** `rss=512MB heap=420/480MB ext=20MB`, with the growth since `before` behind each figure when it is given. */
export function formatMemory(now: MemoryFacts | VitalsSample, before?: MemoryFacts): string {
  return (
    `rss=${toMb(now.rssBytes)}MB${growth(now.rssBytes, before?.rssBytes)} ` +
    `heap=${toMb(now.heapUsedBytes)}/${toMb(now.heapCeilingBytes)}MB${growth(now.heapUsedBytes, before?.heapUsedBytes)} ` +
    `ext=${toMb(now.externalBytes)}MB${growth(now.externalBytes, before?.externalBytes)}`
  );
}

function growth(bytes: number, earlierBytes: number | undefined): string {
  if (earlierBytes === undefined) return '';
  const grownMb = toMb(bytes - earlierBytes);
  return grownMb < 0 ? `(${grownMb})` : `(+${grownMb})`;
}
