import type { MemoryReading, VitalsService } from '../../vitals/index.js';
import type { RoomFacts } from './judge-room.js';
import { type Sizes, sizesUnder } from './sizes.js';
import type { UnitsInFlight } from './units-in-flight.js';

const FRESH_MS = 2;

/** What is used, by whom, and what that leaves: as it was looked at last. */
export class MemoryView {
  readAtMs = -Infinity;
  /** The least that was ever used beside units. */
  leastFloorBytes = Infinity;
  reading: MemoryReading;
  sizes: Sizes;

  /** @param share of the limits that requests may fill */
  constructor(
    private readonly vitals: Pick<VitalsService, 'readingNow'>,
    private readonly units: UnitsInFlight,
    private readonly share: number,
  ) {
    this.reading = vitals.readingNow();
    this.sizes = sizesUnder(this.reading, share, 0);
  }

  lookUnlessFresh(nowMs: number): void {
    if (nowMs - this.readAtMs > FRESH_MS) this.look(nowMs);
  }

  look(nowMs: number, isSample = false): void {
    const { usedBytes, grownBytes } = this.units.children;
    this.reading = this.vitals.readingNow({ usedBytes, grownBytes });
    this.readAtMs = nowMs;
    const residentBytes = this.reading.usedBytes + this.reading.unchargedBytes;
    const own = { ...this.reading, usedBytes: residentBytes - usedBytes };
    this.units.read(own, nowMs, isSample);
    const floorBytes = this.units.floor.totalBytes;
    this.leastFloorBytes = Math.min(this.leastFloorBytes, floorBytes);
    this.sizes = sizesUnder(this.reading, this.share, floorBytes);
  }

  facts(): RoomFacts {
    return this.units.factsWith(this.reading);
  }

  /**
   * What is used above the floor is mostly units' own, and all that is set aside is within the budget. What ended ones
   * have left is nobody's: to take it again is no growth.
   */
  get isGrowthPlanned(): boolean {
    const { claimed, floor, leftBytes, slackBytes } = this.units;
    const inUseBytes = this.reading.usedBytes - floor.totalBytes - leftBytes - slackBytes;
    return (
      claimed.totalBytes >= inUseBytes / 2 && floor.totalBytes + claimed.totalBytes <= this.sizes.budgetBytes
    );
  }
}
