import { type Collection, CollectionWatch, type MemoryReading } from '../../vitals/index.js';
import { DIMENSIONS, type Dimension, EXTERNAL, HEAP, NATIVE, OLD, valuesOf } from './dimensions.js';
import type { Cost, LearnedCost, Observation } from './learned-cost.js';
import { OutsideHeapSplitter } from './outside-heap.js';
import { WindowedFloor } from './windowed-floor.js';

/** What leaves garbage. */
type Collected = typeof HEAP | typeof OLD | typeof EXTERNAL;

/** A unit of work for which memory is set aside. */
export interface Unit {
  readonly cost: LearnedCost;
  readonly startedAtMs: number;
  readonly reserved: Cost;
  /** What it holds, as far as it can be told, per {@link Dimension}. */
  readonly grown: Float64Array;
  /** Only what it was seen to take. */
  readonly taken: Float64Array;
  readonly peak: Float64Array;
  isVouched: boolean;
  /** Garbage was collected while it ran: it may have taken more than can be told. */
  isBlurred: boolean;
  /** Others ran beside it: what it took may have been theirs. */
  hasCompany: boolean;
}

/** Samples for which heap and Buffers must stand still until RSS has caught up with them. */
const SETTLED_SAMPLES = 3;
const MOVED_BYTES = 4 * 1024 ** 2;
/** Another thread frees the Buffers that a collection has found; measured: within some milliseconds. */
const SWEEP_MS = 10;
const FLOOR_WINDOW_MS = 10_000;

/**
 * The units that run now, and who of them holds what.
 *
 * Memory is the floor, what units hold, and garbage. Growth between two readings belongs to those that still have
 * something to take of what is set aside for them; what is left over to those of which little is known. When
 * nobody is expected to take anything it is everybody's. What shrinks is first the garbage of units that have
 * ended. After a collection of the whole heap there is no garbage, so what is above the floor is held.
 */
export class UnitsInFlight {
  private readonly units = new Set<Unit>();
  private readonly last = new Float64Array(DIMENSIONS.length);
  private readonly atSample = new Float64Array(DIMENSIONS.length);
  /** What ended units have left behind, not yet collected. */
  private readonly left = new Float64Array(DIMENSIONS.length);
  private readonly floors = {
    [HEAP]: new WindowedFloor(FLOOR_WINDOW_MS),
    [OLD]: new WindowedFloor(FLOOR_WINDOW_MS),
    [EXTERNAL]: new WindowedFloor(FLOOR_WINDOW_MS),
  };
  private readonly splitter = new OutsideHeapSplitter();
  private slack = 0;
  private stillSamples = 0;
  private readonly watch = new CollectionWatch();
  private isFirst = true;
  private settleBuffersAtMs = Infinity;
  private unexplained = 0;

  get size(): number {
    return this.units.size;
  }

  [Symbol.iterator](): IterableIterator<Unit> {
    return this.units.values();
  }

  start(cost: LearnedCost, reserved: Cost, nowMs: number): Unit {
    const unit: Unit = {
      cost,
      reserved,
      startedAtMs: nowMs,
      grown: new Float64Array(DIMENSIONS.length),
      taken: new Float64Array(DIMENSIONS.length),
      peak: new Float64Array(DIMENSIONS.length),
      isVouched: false,
      isBlurred: false,
      hasCompany: false,
    };
    this.units.add(unit);
    cost.inFlight++;
    this.watch.start();
    return unit;
  }

  /** Call {@link read} before: what was taken since belongs to this unit too. */
  end(unit: Unit): Observation {
    this.units.delete(unit);
    unit.cost.inFlight--;
    for (const d of DIMENSIONS) this.left[d]! += unit.grown[d]!;
    return observationOf(unit);
  }

  /** @param isSample whether the sampler took it: a quarter of a second after the last one, not a moment */
  read(reading: MemoryReading, nowMs: number, isSample = false): void {
    const outsideHeap = this.splitter.split(reading, nowMs, isSample);
    const now = valuesOf(reading, outsideHeap);
    this.slack = outsideHeap.slackBytes;
    if (!this.isFirst) this.compare(now, nowMs);
    if (isSample) this.compareNative(now);
    this.isFirst = false;
    this.last.set(now);
    for (const d of [HEAP, OLD, EXTERNAL] as const) {
      this.floors[d].note(Math.max(0, now[d]! - this.sumGrown(d)), nowMs);
    }
    if (this.units.size === 0) this.watch.stop();
  }

  close(): void {
    this.watch.stop();
  }

  /** What is used by everything but units, garbage not counted. */
  get floor(): Cost {
    const heapBytes = this.floors[HEAP].value;
    return { heapBytes, totalBytes: heapBytes + this.floors[EXTERNAL].value + this.splitter.baseBytes };
  }

  /** What a collection may free. */
  get garbage(): Cost {
    const heapBytes = this.above(HEAP);
    return { heapBytes, totalBytes: heapBytes + this.above(EXTERNAL) };
  }

  /** The part of it that ended units have left behind since the last collection. */
  get leftBytes(): number {
    return this.left[HEAP]! + this.left[EXTERNAL]!;
  }

  /** Pages outside the heap that were freed, and that the allocator has kept: the next Buffer may take them. */
  get slackBytes(): number {
    return this.slack;
  }

  /** Bytes that the units in flight may hold at once. */
  get claimed(): Cost {
    let heapBytes = 0;
    let totalBytes = 0;
    for (const { reserved, grown } of this.units) {
      heapBytes += Math.max(reserved.heapBytes, grown[HEAP]!);
      totalBytes += Math.max(reserved.totalBytes, grown[HEAP]! + outside(grown));
    }
    return { heapBytes, totalBytes };
  }

  /** Bytes that are set aside and not yet taken. */
  get outstanding(): Cost {
    let heapBytes = 0;
    let totalBytes = 0;
    for (const { reserved, grown } of this.units) {
      heapBytes += Math.max(0, reserved.heapBytes - grown[HEAP]!);
      totalBytes += Math.max(0, reserved.totalBytes - grown[HEAP]! - outside(grown));
    }
    return { heapBytes, totalBytes };
  }

  /** Growth while no unit was watched, since it was last asked for. */
  drainUnexplained(): number {
    const bytes = this.unexplained;
    this.unexplained = 0;
    return bytes;
  }

  private compare(now: Float64Array, nowMs: number): void {
    const collections = this.watch.drain();
    for (const each of collections) this.collected(each);
    for (const unit of this.units) {
      unit.isBlurred ||= collections.length > 0;
      unit.hasCompany ||= this.units.size > 1;
    }

    for (const d of [HEAP, OLD, EXTERNAL] as const) this.moved(d, now[d]! - this.last[d]!);

    if (collections.some(({ isMajor }) => isMajor)) {
      this.settle(HEAP, now);
      this.settle(OLD, now);
      this.settleBuffersAtMs = nowMs + SWEEP_MS;
    }
    if (nowMs >= this.settleBuffersAtMs) {
      this.settle(EXTERNAL, now);
      this.settleBuffersAtMs = Infinity;
    }
  }

  /**
   * What is native is only told by RSS, which follows heap and Buffers late, in either direction. So it counts from
   * sample to sample, and only while those stand still.
   */
  private compareNative(now: Float64Array): void {
    const { atSample } = this;
    const isStill = [HEAP, EXTERNAL].every((d) => Math.abs(now[d]! - atSample[d]!) < MOVED_BYTES);
    this.stillSamples = isStill ? this.stillSamples + 1 : 0;
    if (this.stillSamples >= SETTLED_SAMPLES) this.moved(NATIVE, now[NATIVE]! - atSample[NATIVE]!);
    atSample.set(now);
  }

  /** Two steps that the difference between two readings hides: what was taken until then, and what was freed. */
  private collected({ before, after }: Collection): void {
    for (const { heapUsedBytes, heapOldBytes } of [before, after]) {
      this.moved(HEAP, heapUsedBytes - this.last[HEAP]!);
      this.moved(OLD, heapOldBytes - this.last[OLD]!);
      this.last[HEAP] = heapUsedBytes;
      this.last[OLD] = heapOldBytes;
    }
  }

  /** There is no garbage now: what is above the floor is held by units that were to take it. Nobody saw them take it. */
  private settle(d: Collected, now: Float64Array): void {
    this.left[d] = 0;
    const held = now[d]! - this.floors[d].value - this.sumGrown(d);
    const expected = this.sum((unit) => expectedOf(unit, d));
    if (held <= 0 || expected <= 0) return;
    const share = Math.min(1, held / expected);
    for (const unit of this.units) unit.grown[d]! += share * expectedOf(unit, d);
  }

  private moved(d: Dimension, bytes: number): void {
    if (bytes < 0) this.shrank(d, -bytes);
    else if (bytes > 0) this.grew(d, bytes);
  }

  private grew(d: Dimension, bytes: number): void {
    if (this.units.size === 0) {
      if (d !== HEAP) this.unexplained += bytes;
      return;
    }
    const expected = this.sum((unit) => expectedOf(unit, d));
    const learners = this.sum((unit) => Number(isLearner(unit)));
    const toExpected = Math.min(bytes, expected);
    if (toExpected > 0) this.share(d, toExpected, expected);
    const rest = bytes - toExpected;
    if (rest <= 0) return;
    for (const unit of this.units) {
      if (learners === 0) add(unit, d, rest / this.units.size);
      else if (isLearner(unit)) add(unit, d, rest / learners);
    }
  }

  private share(d: Dimension, bytes: number, expected: number): void {
    for (const unit of this.units) add(unit, d, (bytes * expectedOf(unit, d)) / expected);
  }

  private shrank(d: Dimension, bytes: number): void {
    const ofEnded = Math.min(bytes, this.left[d]!);
    this.left[d]! -= ofEnded;
    const rest = bytes - ofEnded;
    const total = this.sumGrown(d);
    if (rest <= 0 || total <= 0) return;
    const keep = Math.max(0, 1 - rest / total);
    for (const unit of this.units) {
      unit.grown[d]! *= keep;
      unit.taken[d]! *= keep;
    }
  }

  /** What is neither floor nor held by units. */
  private above(d: Collected): number {
    return Math.max(0, this.last[d]! - this.floors[d].value - this.sumGrown(d));
  }

  private sumGrown(d: Dimension): number {
    return this.sum(({ grown }) => grown[d]!);
  }

  private sum(of: (unit: Unit) => number): number {
    let sum = 0;
    for (const unit of this.units) sum += of(unit);
    return sum;
  }
}

export function observationOf({ peak, isBlurred, hasCompany }: Unit): Observation {
  return {
    isAtLeast: isBlurred,
    isShared: hasCompany,
    heapBytes: peak[HEAP]!,
    oldBytes: peak[OLD]!,
    outsideBytes: outside(peak),
  };
}

/** A Buffer that is written to is first external and then resident: the same memory. */
function outside(bytes: Float64Array): number {
  return Math.max(bytes[EXTERNAL]!, bytes[NATIVE]!);
}

function add(unit: Unit, d: Dimension, bytes: number): void {
  unit.grown[d]! += bytes;
  unit.taken[d]! += bytes;
  unit.peak[d] = Math.max(unit.peak[d]!, unit.taken[d]!);
}

function isLearner({ cost }: Unit): boolean {
  return cost.state === 'learning' || cost.state === 'light';
}

/** What is set aside is a little more than what is taken: from here on a unit has what it came for. */
const SATED_SHARE = 0.75;

function expectedOf(unit: Unit, d: Dimension): number {
  if (isLearner(unit)) return 0;
  const { reserved, grown } = unit;
  const isHeap = d === HEAP || d === OLD;
  const bytes = isHeap ? reserved.heapBytes : reserved.totalBytes - reserved.heapBytes;
  return grown[d]! >= bytes * SATED_SHARE ? 0 : bytes - grown[d]!;
}
