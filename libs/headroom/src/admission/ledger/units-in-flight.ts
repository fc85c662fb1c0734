import type { MemoryReading } from '../../vitals/index.js';
import type { Cost, LearnedCost, Observation } from './learned-cost.js';

/** A unit of work for which memory is set aside. */
export interface Unit {
  readonly cost: LearnedCost;
  readonly startedAtMs: number;
  readonly reserved: Cost;
  /** What it has taken so far, as far as it can be told, per {@link Dimension}. */
  readonly grown: Float64Array;
  readonly peak: Float64Array;
  isVouched: boolean;
}

const HEAP = 0;
const OLD = 1;
const RESIDENT = 2;
const EXTERNAL = 3;
const DIMENSIONS = [HEAP, OLD, RESIDENT, EXTERNAL] as const;
/** What is watched: heap, heap without the young generation, resident memory outside the heap, external memory. */
type Dimension = (typeof DIMENSIONS)[number];

/** V8 gives pages back in the background: for this long after the heap has shrunk, RSS tells of the past. */
const RSS_LAGS_MS = 300;
const SHRUNK_BYTES = 4 * 1024 ** 2;

/**
 * The units that run now, and who of them took what.
 *
 * Growth between two readings belongs to those that still have something to take of what is set aside for them;
 * what is left over to those of which little is known, else to all alike. What shrinks is first the garbage of
 * units that have ended, then everybody's.
 */
export class UnitsInFlight {
  private readonly units = new Set<Unit>();
  private readonly last = new Float64Array(4);
  /** What ended units have left behind, not yet collected. */
  private readonly left = new Float64Array(4);
  private isFirst = true;
  private distrustRssUntilMs = -Infinity;
  /** Growth while no unit was watched, since it was last asked for. */
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
      grown: new Float64Array(4),
      peak: new Float64Array(4),
      isVouched: false,
    };
    this.units.add(unit);
    cost.inFlight++;
    return unit;
  }

  /** Call {@link read} before: what was taken since belongs to this unit too. */
  end(unit: Unit): Observation {
    this.units.delete(unit);
    unit.cost.inFlight--;
    for (const d of DIMENSIONS) this.left[d]! += unit.grown[d]!;
    return observationOf(unit);
  }

  read(reading: MemoryReading, nowMs: number): void {
    const now = [
      reading.heapUsedBytes,
      reading.heapOldBytes,
      reading.usedBytes - reading.heapPhysicalBytes,
      reading.externalBytes,
    ] as const;
    if (!this.isFirst) {
      if (now[HEAP] < this.last[HEAP]! - SHRUNK_BYTES) this.distrustRssUntilMs = nowMs + RSS_LAGS_MS;
      for (const d of DIMENSIONS) {
        const isDoubtful = d === RESIDENT && nowMs < this.distrustRssUntilMs;
        this.moved(d, now[d] - this.last[d]!, isDoubtful);
      }
    }
    this.isFirst = false;
    this.last.set(now);
  }

  /** Bytes that the units in flight have taken. */
  get grown(): Cost {
    let heapBytes = 0;
    let outsideBytes = 0;
    for (const { grown } of this.units) {
      heapBytes += grown[HEAP]!;
      outsideBytes += grown[RESIDENT]!;
    }
    return { heapBytes, totalBytes: heapBytes + outsideBytes };
  }

  /** Bytes that the units in flight may hold at once. */
  get claimed(): Cost {
    let heapBytes = 0;
    let totalBytes = 0;
    for (const { reserved, grown } of this.units) {
      heapBytes += Math.max(reserved.heapBytes, grown[HEAP]!);
      totalBytes += Math.max(reserved.totalBytes, grown[HEAP]! + grown[RESIDENT]!);
    }
    return { heapBytes, totalBytes };
  }

  /** Bytes that are set aside and not yet taken. */
  get outstanding(): Cost {
    let heapBytes = 0;
    let totalBytes = 0;
    for (const unit of this.units) {
      heapBytes += outstandingHeap(unit);
      totalBytes += outstandingTotal(unit);
    }
    return { heapBytes, totalBytes };
  }

  drainUnexplained(): number {
    const bytes = this.unexplained;
    this.unexplained = 0;
    return bytes;
  }

  private moved(d: Dimension, bytes: number, isDoubtful: boolean): void {
    if (bytes < 0) this.shrank(d, -bytes);
    else if (bytes > 0 && !isDoubtful) this.grew(d, bytes);
  }

  private grew(d: Dimension, bytes: number): void {
    if (this.units.size === 0) {
      if (d === OLD || d === RESIDENT) this.unexplained += bytes;
      return;
    }
    const expected = this.sum((unit) => expectedOf(unit, d));
    const byExpectation = Math.min(bytes, expected);
    if (byExpectation > 0) {
      for (const unit of this.units) add(unit, d, (byExpectation * expectedOf(unit, d)) / expected);
    }
    const rest = bytes - byExpectation;
    if (rest <= 0) return;
    const learners = this.sum((unit) => Number(isLearner(unit)));
    for (const unit of this.units) {
      if (learners === 0) add(unit, d, rest / this.units.size);
      else if (isLearner(unit)) add(unit, d, rest / learners);
    }
  }

  private shrank(d: Dimension, bytes: number): void {
    const ofEnded = Math.min(bytes, this.left[d]!);
    this.left[d]! -= ofEnded;
    const rest = bytes - ofEnded;
    const total = this.sum((unit) => unit.grown[d]!);
    if (rest <= 0 || total <= 0) return;
    const keep = Math.max(0, 1 - rest / total);
    for (const unit of this.units) unit.grown[d]! *= keep;
  }

  private sum(of: (unit: Unit) => number): number {
    let sum = 0;
    for (const unit of this.units) sum += of(unit);
    return sum;
  }
}

export function observationOf({ peak }: Unit): Observation {
  return {
    heapBytes: peak[HEAP]!,
    oldBytes: peak[OLD]!,
    // An untouched Buffer is external, not resident; memory of native code is resident, not external.
    outsideBytes: Math.max(peak[RESIDENT]!, peak[EXTERNAL]!),
  };
}

function add(unit: Unit, d: Dimension, bytes: number): void {
  unit.grown[d]! += bytes;
  if (unit.grown[d]! > unit.peak[d]!) unit.peak[d] = unit.grown[d]!;
}

function isLearner({ cost }: Unit): boolean {
  return cost.state === 'learning' || cost.state === 'light';
}

function expectedOf(unit: Unit, d: Dimension): number {
  if (isLearner(unit)) return 0;
  return d === HEAP || d === OLD
    ? Math.max(0, unit.reserved.heapBytes - unit.grown[d]!)
    : Math.max(0, unit.reserved.totalBytes - unit.grown[HEAP]! - unit.grown[d]!);
}

function outstandingHeap({ reserved, grown }: Unit): number {
  return Math.max(0, reserved.heapBytes - grown[HEAP]!);
}

function outstandingTotal({ reserved, grown }: Unit): number {
  return Math.max(0, reserved.totalBytes - grown[HEAP]! - grown[RESIDENT]!);
}
