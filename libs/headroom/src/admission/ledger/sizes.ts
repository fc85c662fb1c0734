import type { MemoryReading } from '../../vitals/index.js';

const MB = 1024 ** 2;

/** What counts as light, small or possible under the limits of the moment. Bytes. */
export interface Sizes {
  /** What requests may fill. */
  readonly budgetBytes: number;
  /** What no unit needs to be watched for. */
  readonly lightBytes: number;
  /** What is set aside for a unit of which nothing is known. */
  readonly guessBytes: number;
  /** The same for a job of a kind that was never seen: it can wait until so much is free, and people for whom requests wait cannot. */
  readonly trialBytes: number;
  /** What all small units together may take beyond the budget: half of what is kept free below the limit. */
  readonly marginBytes: number;
  /** A unit up to this is small. */
  readonly smallBytes: number;
  /** What can be set aside at all. */
  readonly mostBytes: number;
}

/** @param share of the limits that requests may fill */
export function sizesUnder(reading: MemoryReading, share: number, floorBytes: number): Sizes {
  const budgetBytes = reading.limitBytes * share;
  const tightestBytes = Math.min(reading.limitBytes, reading.heapCeilingBytes) * share;
  const marginBytes = (reading.limitBytes - budgetBytes) / 2;
  return {
    budgetBytes,
    lightBytes: Math.min(Math.max(tightestBytes / 256, MB), 8 * MB),
    guessBytes: Math.min(tightestBytes / 32, 16 * MB),
    trialBytes: Math.min(tightestBytes / 4, 64 * MB),
    marginBytes,
    smallBytes: marginBytes / 4,
    mostBytes: Math.max(0, budgetBytes - floorBytes),
  };
}
