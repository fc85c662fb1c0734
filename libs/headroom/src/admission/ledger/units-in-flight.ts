import { type Collection, CollectionWatch, type MemoryReading } from '../../vitals/index.js';
import { Children } from './children.js';
import { DIMENSIONS, type Dimension, EXTERNAL, HEAP, NATIVE, OLD, valuesOf } from './dimensions.js';
import { isLarge, type RoomFacts } from './judge-room.js';
import type { Cost, LearnedCost, Observation } from './learned-cost.js';
import { OutsideHeapSplitter } from './outside-heap.js';
import { OwnStretch } from './own-stretch.js';
import { ReturningPages } from './returning-pages.js';
import { creditHeld, shareGrowth, shareLoss, sumOf } from './share-out.js';
import { Unit } from './unit.js';
import { WindowedFloor } from './windowed-floor.js';

/** What leaves garbage. */
const COLLECTED = [HEAP, OLD, EXTERNAL] as const;
type Collected = (typeof COLLECTED)[number];

const FLOOR_WINDOW_MS = 10_000;
/** Samples for which heap and Buffers must stand still until RSS has caught up with them. */
const SETTLED_SAMPLES = 3;
const MOVED_BYTES = 4 * 1024 ** 2;
/** Another thread frees the Buffers that a collection has found; measured: within some milliseconds. */
const SWEEP_MS = 10;

/**
 * The units that run now, and who of them holds what.
 *
 * Memory is the floor, what units hold, and garbage. The floor is the bottom of the saw-tooth; garbage is what
 * ended units have left behind until it is collected. See `share-out.ts` for how growth finds its owner.
 */
export class UnitsInFlight {
  /** Whether light work has run of late that is not watched. */
  hasOtherWork = false;
  /** Resident outside the heap, free to be used again. */
  slackBytes = 0;
  /** Units in other processes: what they hold is known, and not looked for in this one. */
  readonly children = new Children();
  private readonly units = new Set<Unit>();
  private readonly stretch = new OwnStretch();
  private readonly last = new Float64Array(DIMENSIONS.length);
  private readonly atSample = new Float64Array(DIMENSIONS.length);
  private readonly left = new Float64Array(DIMENSIONS.length);
  private readonly floors = {
    [HEAP]: new WindowedFloor(FLOOR_WINDOW_MS),
    [OLD]: new WindowedFloor(FLOOR_WINDOW_MS),
    [EXTERNAL]: new WindowedFloor(FLOOR_WINDOW_MS),
  };
  private readonly splitter = new OutsideHeapSplitter();
  private readonly watch = new CollectionWatch();
  private readonly returning = new ReturningPages();
  private returningBytes = 0;
  private physicalAtSample = 0;
  private stillSamples = 0;
  private isFirst = true;
  private settleBuffersAtMs = Infinity;
  private unexplained = 0;
  private unchargedBytes = 0;

  get size(): number {
    return this.units.size;
  }

  *[Symbol.iterator](): IterableIterator<Unit> {
    yield* this.units;
    yield* this.children;
  }

  start(cost: LearnedCost, reserved: Cost, nowMs: number): Unit {
    const unit = new Unit(cost, reserved, nowMs);
    this.units.add(unit);
    cost.inFlight++;
    this.watch.start();
    return unit;
  }

  /** The unit whose own code runs. */
  get ahead(): Unit | undefined {
    return this.stretch.owner;
  }

  /**
   * From now on what is taken is taken by this unit. Call {@link read} before.
   *
   * @param bufferBytes of all Buffers, at once
   */
  begin(unit: Unit, bufferBytes: number, nowMs: number): void {
    this.endStretch(bufferBytes);
    unit.begunAtMs = nowMs;
    this.stretch.begin(unit, bufferBytes);
  }

  /** Call {@link read} before. */
  endStretch(bufferBytes: number): void {
    const hiddenBytes = this.stretch.hiddenBytes(bufferBytes);
    this.stretch.take(EXTERNAL, hiddenBytes);
    // Hidden by what was collected: left by units that have ended, or nobody's.
    this.left[EXTERNAL] = Math.max(0, this.left[EXTERNAL]! - hiddenBytes);
    this.stretch.end();
  }

  /** Call {@link read} before: what was taken since belongs to this unit too. */
  end(unit: Unit): Observation {
    if (this.ahead === unit) this.stretch.end();
    this.units.delete(unit);
    unit.cost.inFlight--;
    for (const d of DIMENSIONS) this.left[d]! += unit.held[d]!;
    return unit.observation;
  }

  close(): void {
    this.watch.stop();
  }

  /**
   * @param reading of this process without its children, all that is resident
   * @param isSample whether the sampler took it: a quarter of a second after the last one, not a moment
   */
  read(reading: MemoryReading, nowMs: number, isSample = false): void {
    this.unchargedBytes = reading.unchargedBytes;
    const outsideHeap = this.splitter.split(reading, nowMs, isSample);
    const now = valuesOf(reading, outsideHeap);
    this.slackBytes = outsideHeap.slackBytes;
    if (!this.isFirst) this.compare(now, nowMs);
    if (isSample) this.compareNative(now, reading.heapPhysicalBytes);
    this.isFirst = false;
    const excessBytes = outsideHeap.nativeBytes - outsideHeap.slackBytes - this.splitter.baseBytes;
    this.returningBytes = this.returning.bytes(excessBytes, nowMs);
    this.last.set(now);
    for (const d of COLLECTED) this.floors[d].note(Math.max(0, now[d]! - this.heldOf(d)), nowMs);
    if (this.units.size === 0) this.watch.stop();
  }

  /** What is used by everything but units, garbage not counted. */
  get floor(): Cost {
    const heapBytes = this.floors[HEAP].value;
    const ownBytes = heapBytes + this.floors[EXTERNAL].value + this.splitter.baseBytes;
    const residentBytes = ownBytes + this.children.idle.totalBytes;
    return { heapBytes, totalBytes: Math.max(heapBytes, residentBytes - this.unchargedBytes) };
  }

  /** Bytes of garbage that ended units have left behind since the last collection. */
  get leftBytes(): number {
    return this.left[HEAP]! + this.left[EXTERNAL]!;
  }

  /** What the units may hold at once. */
  get claimed(): Cost {
    return this.total((unit) => unit.claimed);
  }

  /** @param reading with the children */
  factsWith(reading: MemoryReading): RoomFacts {
    const heapGarbage = this.above(HEAP);
    return {
      reading,
      floor: this.floor,
      claimed: this.claimed,
      outstanding: this.total((unit) => unit.outstanding),
      outstandingLargeBytes: this.outstandingLargeBytes(),
      garbage: { heapBytes: heapGarbage, totalBytes: heapGarbage + this.above(EXTERNAL) },
      leftHeapBytes: Math.min(heapGarbage, this.left[HEAP]!),
      slackBytes: this.slackBytes,
      returningBytes: this.returningBytes,
    };
  }

  /** Growth while no unit was watched, since it was last asked for. */
  drainUnexplained(): number {
    const bytes = this.unexplained;
    this.unexplained = 0;
    return bytes;
  }

  private compare(now: Float64Array, nowMs: number): void {
    const collections = this.watch.drain();
    for (const each of collections) this.collected(each, nowMs);
    for (const unit of this.units) {
      unit.isBlurred ||= collections.length > 0;
      unit.hasCompany ||= this.units.size > 1;
      unit.isAmidOthers ||= this.hasOtherWork;
    }
    for (const d of COLLECTED) this.moved(d, now[d]! - this.last[d]!);

    if (collections.some(({ isMajor }) => isMajor)) {
      this.settle(HEAP, now);
      this.settle(OLD, now);
      this.settleBuffersAtMs = nowMs + SWEEP_MS;
    }
    if (nowMs < this.settleBuffersAtMs) return;
    this.settle(EXTERNAL, now);
    this.settleBuffersAtMs = Infinity;
  }

  /**
   * What is native is only told by RSS, which follows heap and Buffers late, in either direction. So it counts from
   * sample to sample, and only while those stand still.
   */
  private compareNative(now: Float64Array, heapPhysicalBytes: number): void {
    const { atSample } = this;
    const moves = [HEAP, EXTERNAL].map((d) => now[d]! - atSample[d]!);
    moves.push(heapPhysicalBytes - this.physicalAtSample);
    const isStill = moves.every((bytes) => Math.abs(bytes) < MOVED_BYTES);
    this.physicalAtSample = heapPhysicalBytes;
    this.stillSamples = isStill ? this.stillSamples + 1 : 0;
    if (this.stillSamples >= SETTLED_SAMPLES) this.moved(NATIVE, now[NATIVE]! - atSample[NATIVE]!);
    atSample.set(now);
  }

  /** Two steps that the difference between two readings hides: what was taken until then, and what was freed. */
  private collected({ isMajor, before, after }: Collection, nowMs: number): void {
    if (isMajor) this.returning.freed(before.heapUsedBytes - after.heapUsedBytes, nowMs);
    for (const { heapUsedBytes, heapOldBytes } of [before, after]) {
      this.moved(HEAP, heapUsedBytes - this.last[HEAP]!);
      this.moved(OLD, heapOldBytes - this.last[OLD]!);
      this.last[HEAP] = heapUsedBytes;
      this.last[OLD] = heapOldBytes;
    }
  }

  private settle(d: Collected, now: Float64Array): void {
    this.left[d] = 0;
    creditHeld(this.units, d, now[d]! - this.floors[d].value - this.heldOf(d));
  }

  private moved(d: Dimension, bytes: number): void {
    if (bytes > 0) this.grew(d, bytes);
    else if (bytes < 0) this.shrank(d, -bytes);
  }

  private grew(d: Dimension, bytes: number): void {
    if (this.ahead) {
      this.stretch.take(d, bytes);
      return;
    }
    const rest = shareGrowth(this.units, d, bytes);
    if (d !== HEAP) this.unexplained += rest;
  }

  private shrank(d: Dimension, bytes: number): void {
    const ofEnded = Math.min(bytes, this.left[d]!);
    this.left[d]! -= ofEnded;
    if (bytes > ofEnded) shareLoss(this.units, d, bytes - ofEnded);
  }

  /** What is neither floor nor held by units. */
  private above(d: Collected): number {
    return Math.max(0, this.last[d]! - this.floors[d].value - this.heldOf(d));
  }

  private outstandingLargeBytes(): number {
    let bytes = 0;
    for (const { outstanding } of this) {
      const outsideBytes = outstanding.totalBytes - outstanding.heapBytes;
      if (isLarge(outsideBytes)) bytes += outsideBytes;
    }
    return bytes;
  }

  private heldOf(d: Dimension): number {
    return sumOf(this.units, ({ held }) => held[d]!);
  }

  private total(of: (unit: Unit) => Cost): Cost {
    let heapBytes = 0;
    let totalBytes = 0;
    for (const unit of this) {
      const cost = of(unit);
      heapBytes += cost.heapBytes;
      totalBytes += cost.totalBytes;
    }
    return { heapBytes, totalBytes };
  }
}
