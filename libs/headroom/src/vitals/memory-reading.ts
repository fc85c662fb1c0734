import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';

import type { MemoryLimits } from './limits/index.js';
import { isJudgedByAddressSpace, isJudgedByWorkingSet, type VitalsSample } from './vitals-sample.js';

/** What the process uses at this moment, read more often than the sampler looks. Bytes. */
export interface MemoryReading {
  /** The limit less the room that is left under it: under several limits, that of the one with the least room. */
  readonly usedBytes: number;
  /** Resident here or in children, and not part of `usedBytes`: pages of files that the kernel does not count. */
  readonly unchargedBytes: number;
  readonly limitBytes: number;
  readonly heapUsedBytes: number;
  /** `heapUsedBytes` without the young generation, whose garbage goes by itself. */
  readonly heapOldBytes: number;
  /** Pages that V8 holds for its heap: what is not used of them can be used again without asking the kernel. */
  readonly heapPhysicalBytes: number;
  readonly heapCeilingBytes: number;
  readonly externalBytes: number;
  /** What the machine could give at the last sample. */
  readonly machineAvailableBytes: number;
}

/** Processes that this one has started and looks after. Bytes. */
export interface ChildrenReading {
  readonly usedBytes: number;
  /** What they have taken since the last sample. */
  readonly grownBytes: number;
}

const NO_CHILDREN: ChildrenReading = Object.freeze({ usedBytes: 0, grownBytes: 0 });

/**
 * Reads the heap (some microseconds); the rest, children and the machine, is the last sample's.
 *
 * @param rssBytes resident now
 */
export function readMemory(
  last: VitalsSample,
  limits: MemoryLimits,
  rssBytes: number,
  children: ChildrenReading = NO_CHILDREN,
): MemoryReading {
  learnWhatWasFreed();
  const heap = getHeapStatistics();
  const limitBytes = limits.effective.bytes;
  const residentBytes = rssBytes + children.usedBytes;
  const usedBytes = limitBytes - roomBytes(residentBytes, limitBytes, rssBytes, last, children);
  return {
    usedBytes,
    unchargedBytes: Math.max(0, residentBytes - usedBytes),
    limitBytes,
    heapUsedBytes: heap.used_heap_size,
    heapOldBytes: heap.used_heap_size - youngBytes(),
    heapPhysicalBytes: Math.max(heap.total_physical_size, heap.used_heap_size),
    heapCeilingBytes: limits.heapCeilingBytes,
    externalBytes: heap.external_memory,
    machineAvailableBytes: last.machineAvailableBytes ?? Infinity,
  };
}

/**
 * Under the limit of a cgroup what counts is its working set, with what was taken since the last sample: it holds children
 * and the kernel's pages for us too. RSS has pages of files beside, some 40 MB of Node's own, with which the kernel charges
 * the cgroup of whoever read them first, and which it drops before it kills.
 */
function roomBytes(
  residentBytes: number,
  limitBytes: number,
  rssBytes: number,
  last: VitalsSample,
  children: ChildrenReading,
): number {
  const { workingSetBytes, workingSetLimitBytes, addressSpaceBytes, addressSpaceLimitBytes } = last;
  const grownBytes = rssBytes - last.rssBytes;
  const isRssJudged = !isJudgedByWorkingSet(last, limitBytes) && !isJudgedByAddressSpace(last, limitBytes);
  let room = isRssJudged ? limitBytes - residentBytes : Infinity;
  if (workingSetBytes !== undefined && workingSetLimitBytes !== undefined) {
    room = Math.min(room, workingSetLimitBytes - (workingSetBytes + grownBytes + children.grownBytes));
  }
  // Each process has its own.
  if (addressSpaceBytes !== undefined && addressSpaceLimitBytes !== undefined) {
    room = Math.min(room, addressSpaceLimitBytes - (addressSpaceBytes + grownBytes));
  }
  return room;
}

/**
 * V8 counts Buffers that a collection has freed until the next one is made (seen, Node 20): so one is made, of
 * nothing.
 */
export function learnWhatWasFreed(): void {
  void new ArrayBuffer(0);
}

function youngBytes(): number {
  let bytes = 0;
  for (const space of getHeapSpaceStatistics()) {
    if (space.space_name.startsWith('new_')) bytes += space.space_used_size;
  }
  return bytes;
}
