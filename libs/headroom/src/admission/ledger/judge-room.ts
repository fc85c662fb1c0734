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
}

/**
 * - `fits`: under the budget with all that is set aside
 * - `garbage`: it would fit if what is no longer used were collected
 * - `full`: units that run have to end first
 */
export type Room = 'fits' | 'garbage' | 'full';

/**
 * Whether a unit fits, in two ways that must both hold. By plan: floor, what units may hold, and the newcomer. By
 * what is used: the memory of the moment, garbage included, what is set aside and not taken yet, and the newcomer.
 * The heap against V8's ceiling and all memory against the limit.
 *
 * @param share of the limits that may be filled
 */
export function judgeRoom(facts: RoomFacts, cost: Cost, share: number): Room {
  const { reading, floor, claimed } = facts;
  const heapBudget = reading.heapCeilingBytes * share;
  const budget = reading.limitBytes * share;
  const isPlanned =
    floor.heapBytes + claimed.heapBytes + cost.heapBytes <= heapBudget &&
    floor.totalBytes + claimed.totalBytes + cost.totalBytes <= budget;
  if (!isPlanned) return 'full';
  const forecast = forecastWith(facts, cost);
  const fits =
    forecast.heapBytes <= heapBudget &&
    forecast.totalBytes <= budget &&
    forecast.totalBytes - reading.usedBytes <= reading.machineAvailableBytes;
  return fits ? 'fits' : 'garbage';
}

/** What will be used when all units have taken what is set aside, and nothing is collected. */
export function forecastWith({ reading, outstanding }: RoomFacts, cost: Cost): Cost {
  const heapToCome = outstanding.heapBytes + cost.heapBytes;
  const outsideToCome =
    Math.max(0, outstanding.totalBytes - outstanding.heapBytes) + (cost.totalBytes - cost.heapBytes);
  const heapPages = Math.max(reading.heapPhysicalBytes, reading.heapUsedBytes + heapToCome);
  return {
    heapBytes: reading.heapUsedBytes + heapToCome,
    totalBytes: reading.usedBytes - reading.heapPhysicalBytes + heapPages + outsideToCome,
  };
}
