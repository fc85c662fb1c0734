import type { MemoryReading } from '../../vitals/index.js';
import type { Cost } from './learned-cost.js';

/** What is known when a unit asks for room. */
export interface RoomFacts {
  readonly reading: MemoryReading;
  /** What is used by everything but units, garbage not counted. */
  readonly floor: Cost;
  /** What units in flight may hold at once, and the part of it that they have not taken yet. */
  readonly claimed: Cost;
  readonly outstanding: Cost;
  /** The part of it, outside the heap, that may come in blocks that no allocator keeps. */
  readonly outstandingLargeBytes: number;
  /** What a collection may free. */
  readonly garbage: Cost;
  /** The part of it that ended units have left in the heap: garbage for certain. */
  readonly leftHeapBytes: number;
  /** Resident outside the heap, free to be used again. */
  readonly slackBytes: number;
  /** Resident, and on its way back to the kernel. */
  readonly returningBytes: number;
}

/**
 * - `fits`: under the budget with all that is set aside
 * - `garbage`: it would fit if what is no longer used were collected
 * - `full`: units that run have to end first
 */
export type Room = 'fits' | 'garbage' | 'full';

/** glibc takes larger blocks from the kernel, and gives them back: hardly ever from what it has kept. */
const LARGEST_KEPT_BYTES = 32 * 1024 ** 2;

/** Whether it may come in blocks that no allocator keeps. */
export function isLarge(outsideBytes: number): boolean {
  return outsideBytes > LARGEST_KEPT_BYTES;
}

/** Parts of the limits that may be filled. */
export interface Shares {
  /** Of V8's ceiling for the heap. */
  readonly heap: number;
  /** Of the limit for all memory. */
  readonly memory: number;
  /** The same, with what is on its way back to the kernel: not less. */
  readonly memoryWithReturning: number;
}

/**
 * Whether a unit fits, in two ways that must both hold. By plan: floor, what units may hold, and the newcomer. By
 * what is used: the memory of the moment, garbage included, what is set aside and not taken yet, and the newcomer.
 * The heap against V8's ceiling and all memory against the limit.
 */
export function judgeRoom(facts: RoomFacts, cost: Cost, shares: Shares): Room {
  const { reading, floor, claimed, garbage, leftHeapBytes } = facts;
  const heapBudget = reading.heapCeilingBytes * shares.heap;
  const budget = reading.limitBytes * shares.memory;
  const isPlanned =
    floor.heapBytes + claimed.heapBytes + cost.heapBytes <= heapBudget &&
    floor.totalBytes + claimed.totalBytes + cost.totalBytes <= budget;
  if (!isPlanned) return 'full';
  const forecast = forecastWith(facts, cost);
  const heapShort = forecast.heapBytes - heapBudget;
  const returningBytes = Math.min(
    facts.returningBytes,
    reading.limitBytes * shares.memoryWithReturning - budget,
  );
  const short = Math.max(
    forecast.totalBytes - returningBytes - budget,
    forecast.totalBytes - reading.usedBytes - reading.machineAvailableBytes,
  );
  // V8 collects before it gives up: what is garbage for certain is in the way of nobody whose pages there are.
  if (heapShort <= leftHeapBytes && short <= 0) return 'fits';
  return garbage.heapBytes >= heapShort && garbage.totalBytes >= short ? 'garbage' : 'full';
}

/** What will be used when all units have taken what is set aside, and nothing is collected. */
export function forecastWith(facts: RoomFacts, cost: Cost): Cost {
  const { reading, outstanding, outstandingLargeBytes } = facts;
  const heapToCome = outstanding.heapBytes + cost.heapBytes;
  const costOutside = cost.totalBytes - cost.heapBytes;
  const outsideToCome = Math.max(0, outstanding.totalBytes - outstanding.heapBytes) + costOutside;
  const largeToCome = outstandingLargeBytes + (isLarge(costOutside) ? costOutside : 0);
  const slack = Math.min(wholeBlocks(facts.slackBytes, costOutside), outsideToCome - largeToCome);
  const freeHeapPages = reading.heapPhysicalBytes - reading.heapUsedBytes;
  return {
    heapBytes: reading.heapUsedBytes + heapToCome,
    totalBytes:
      reading.usedBytes +
      Math.max(0, heapToCome - freeHeapPages) +
      Math.max(0, outsideToCome - Math.max(0, slack)),
  };
}

/** In 119 MB that are free are three blocks of 30 MB, and the fourth is new. */
function wholeBlocks(freeBytes: number, blockBytes: number): number {
  return blockBytes > 0 && !isLarge(blockBytes) ? freeBytes - (freeBytes % blockBytes) : freeBytes;
}
