import { type Dimension, DIMENSIONS, EXTERNAL, HEAP, NATIVE, OLD } from './dimensions.js';
import { type Cost, LEAST_DOUBT, type LearnedCost, type Observation } from './learned-cost.js';

/** What is set aside is a little more than what is taken: from this share on a unit has what it came for. */
const SATED_SHARE = 0.75;

/** A unit of work for which memory is set aside. */
export class Unit {
  /** What it holds, as far as it can be told, per {@link Dimension}. */
  readonly held = new Float64Array(DIMENSIONS.length);
  isVouched = false;
  /** It has run for a while, and has taken nothing. */
  seemsLight = false;
  /** When its own code began to run; nothing while it waits for its turn. */
  begunAtMs: number | undefined;
  /** Others ran beside it: what it took may have been theirs. */
  hasCompany = false;
  /** Garbage was collected while it ran: it may have taken more than can be told. */
  isBlurred = false;
  /** Light work ran meanwhile, unwatched: some of it may be theirs. */
  isAmidOthers = false;
  private readonly taken = new Float64Array(DIMENSIONS.length);
  private readonly peak = new Float64Array(DIMENSIONS.length);

  constructor(
    readonly cost: LearnedCost,
    public reserved: Cost,
    readonly startedAtMs: number,
  ) {
    this.begunAtMs = startedAtMs;
  }

  get hasBegun(): boolean {
    return this.begunAtMs !== undefined;
  }

  /** How much of what nobody was to take it is charged with, beside others. */
  get doubt(): number {
    if (!this.hasBegun) return 0;
    return this.seemsLight ? LEAST_DOUBT : this.cost.doubt;
  }

  /** Little is known of its kind: it may be what takes memory that nobody else was to take. */
  get isLearner(): boolean {
    return this.cost.state === 'learning' || this.cost.state === 'light';
  }

  /** What it is still expected to take. */
  expected(d: Dimension): number {
    if (this.isLearner || !this.hasBegun) return 0;
    const { heapBytes, totalBytes } = this.reserved;
    const bytes = d === HEAP || d === OLD ? heapBytes : totalBytes - heapBytes;
    const held = this.held[d]!;
    return held >= bytes * SATED_SHARE ? 0 : bytes - held;
  }

  take(d: Dimension, bytes: number): void {
    this.held[d]! += bytes;
    this.taken[d]! += bytes;
    this.peak[d] = Math.max(this.peak[d]!, this.taken[d]!);
  }

  /** It must hold this, though nobody saw it take it: no evidence of what its kind takes. */
  credit(d: Dimension, bytes: number): void {
    this.held[d]! += bytes;
  }

  keep(d: Dimension, share: number): void {
    this.held[d]! *= share;
    this.taken[d]! *= share;
  }

  /** What it may hold at once. */
  get claimed(): Cost {
    return {
      heapBytes: Math.max(this.reserved.heapBytes, this.held[HEAP]!),
      totalBytes: Math.max(this.reserved.totalBytes, this.held[HEAP]! + outsideOf(this.held)),
    };
  }

  /** The part of what is set aside that it has not taken yet. */
  get outstanding(): Cost {
    return {
      heapBytes: Math.max(0, this.reserved.heapBytes - this.held[HEAP]!),
      totalBytes: Math.max(0, this.reserved.totalBytes - this.held[HEAP]! - outsideOf(this.held)),
    };
  }

  get observation(): Observation {
    return {
      heapBytes: this.peak[HEAP]!,
      oldBytes: this.peak[OLD]!,
      outsideBytes: outsideOf(this.peak),
      isAtLeast: this.isBlurred,
      isShared: this.hasCompany,
      isAmidOthers: this.isAmidOthers,
    };
  }
}

/** A Buffer that is written to is first external and then resident: the same memory. */
function outsideOf(bytes: Float64Array): number {
  return Math.max(bytes[EXTERNAL]!, bytes[NATIVE]!);
}
