import { type MemoryCostValue } from '../memory-cost.decorator.js';
import type { Lane, WorkCost } from '../work-cost.js';
import { parseBytes } from '../../units/index.js';

/**
 * - `none`: opted out by `@MemoryCost('none')`
 * - `declared`: told by `@MemoryCost()`
 * - `learning`: too little is seen yet; few units at once
 * - `light`: takes too little to count
 * - `heavy`: takes memory, and how much is known
 *
 * @publicApi
 */
export type CostState = 'none' | 'declared' | 'learning' | 'light' | 'heavy';

/** What one unit took at its peak. `oldBytes`: the part of the heap that outlived the young generation. */
export interface Observation {
  readonly heapBytes: number;
  readonly oldBytes: number;
  readonly outsideBytes: number;
  /** Garbage was collected meanwhile, which may hide what was taken: no less than this. */
  readonly isAtLeast: boolean;
  /** Others ran beside it: some of it may be theirs. */
  readonly isShared: boolean;
  /** Light work ran meanwhile that is not watched: its garbage is in what was seen. */
  readonly isAmidOthers: boolean;
}

/** What is set aside for a unit. `totalBytes` holds the heap's part; before it is split, either may be all of it. */
export interface Cost {
  readonly heapBytes: number;
  readonly totalBytes: number;
}

/** Units in a row without cost after which a kind is light. */
const LIGHT_AFTER = 8;
/** How much of the way from its estimate to a smaller observation an estimate goes: the largest counts for long. */
const DECAY = 0.03;
/** The same for an observation that may have missed much. */
const BLURRED_DECAY = 0.01;
/** The same for one that ran amid the garbage of others. */
const AMID_OTHERS_DECAY = 0.3;
/** How much a unit without cost proves when a collection may have hidden one. */
const BLURRED_WORTH = 0.5;
/** After so many, one that ran beside others and seems larger is believed by halves: twice is no accident. */
const TRUSTED_AFTER = 3;
const SHARED_RISE = 0.5;
/** Units after which no more is learned of how much a kind may take. */
const SURE_AFTER = 30;
export const LEAST_DOUBT = 1 / (1 + SURE_AFTER);
/** The next unit may be larger than the largest so far, the less so the more were seen: by this share after the first. */
const SAFETY = 0.2;

/**
 * What one kind of work takes, learned from its units.
 *
 * States: *learning* (a window of units in flight, one more with every unit without cost) -> *light* after
 * {@link LIGHT_AFTER} of them, or *heavy* with the first that shows cost. A heavy one turns light when its
 * estimate has decayed; a light one is looked at again from time to time (`recheck`), and turns heavy.
 * `none` and `declared` stay.
 */
export class LearnedCost implements WorkCost {
  isFree: boolean;
  freeStarts = 0;
  inFlight = 0;
  /** Units that may be in flight while learning. */
  window = 1;
  /** Units whose cost was seen. */
  observed = 0;
  private heap = 0;
  private outside = 0;
  private heaviness = 0;
  private cleanInARow = 0;
  private current: CostState;
  readonly declaredBytes: number | undefined;

  constructor(
    readonly lane: Lane,
    readonly key: string,
    declared: MemoryCostValue | undefined,
  ) {
    this.isFree = declared === 'none';
    this.declaredBytes = declared === 'none' ? undefined : parseBytes(declared);
    this.current = this.isFree ? 'none' : this.declaredBytes === undefined ? 'learning' : 'declared';
  }

  get state(): CostState {
    return this.current;
  }

  get isWindowFull(): boolean {
    return this.current === 'learning' && this.inFlight >= this.window;
  }

  /** How little is known of its kind: 1 of a new one. */
  get doubt(): number {
    return 1 / (1 + Math.min(this.observed, SURE_AFTER));
  }

  /** Whether it is known how much of the cost is heap. */
  get isSplit(): boolean {
    return this.heap + this.outside > 0;
  }

  /** The largest seen, decayed. */
  get seen(): Cost {
    return { heapBytes: this.heap, totalBytes: this.heap + this.outside };
  }

  /**
   * What to set aside for the next unit.
   *
   * @param guessBytes for a kind of which nothing is known
   * @param mostBytes what can be borne at all: a kind that was seen to run is never judged impossible
   */
  next(guessBytes: number, mostBytes: number): Cost {
    const seenBytes = this.heap + this.outside;
    if (this.declaredBytes !== undefined) {
      const heapShare = seenBytes > 0 ? this.heap / seenBytes : 1;
      return { heapBytes: this.declaredBytes * heapShare, totalBytes: this.declaredBytes };
    }
    const wanted = seenBytes * (1 + SAFETY / (1 + this.observed));
    const least = this.current === 'learning' ? guessBytes : 0;
    const totalBytes = Math.min(Math.max(wanted, least), mostBytes);
    const heapShare = seenBytes > 0 ? this.heap / seenBytes : 1;
    return { heapBytes: totalBytes * heapShare, totalBytes };
  }

  /** A unit has run for a while and shows no cost yet: one more may run beside it. */
  vouch(): void {
    if (this.current === 'learning') this.window++;
  }

  /**
   * A unit still runs and shows cost already: better than nothing. Not the last word: it may take as much again.
   */
  foresee(observation: Observation, lightBytes: number): void {
    if (this.current !== 'learning' || weight(observation) <= lightBytes) return;
    this.heap = Math.max(this.heap, 2 * observation.heapBytes);
    this.outside = Math.max(this.outside, 2 * observation.outsideBytes);
    this.current = 'heavy';
  }

  /** A unit has ended. */
  observe(observation: Observation, lightBytes: number): void {
    if (this.current === 'none') return;
    const isClean = weight(observation) <= lightBytes;
    this.observed++;
    if (this.observed === 1) this.heap = this.outside = 0;
    const pace: Pace = {
      down: downPaceOf(observation),
      up: observation.isShared && this.observed > TRUSTED_AFTER ? SHARED_RISE : 1,
    };
    this.heaviness = follow(this.heaviness, weight(observation), pace);
    this.heap = follow(this.heap, heapOf(observation), pace);
    this.outside = follow(this.outside, observation.outsideBytes, pace);
    if (this.current === 'declared') return;
    if (!isClean) {
      this.cleanInARow = 0;
      this.turn('heavy');
      return;
    }
    const worth = observation.isAtLeast ? BLURRED_WORTH : 1;
    this.cleanInARow += worth;
    this.window += worth;
    if (this.cleanInARow >= LIGHT_AFTER && this.heaviness <= lightBytes) this.turn('light');
  }

  /** The next unit of a light kind is looked at; the others go on unseen. */
  recheck(): void {
    if (this.current === 'light') this.isFree = false;
  }

  /** The unit that is looked at has started. */
  rechecking(): void {
    if (this.current === 'light') this.isFree = true;
  }

  /** It was light, and memory went that nobody else can have taken. */
  suspect(): void {
    if (this.current !== 'light') return;
    this.cleanInARow = 0;
    this.window = 1;
    this.turn('learning');
  }

  /** What was learned in an earlier run of the app. */
  recall(state: 'light' | 'heavy', heapBytes: number, outsideBytes: number, observed: number): void {
    if (this.current !== 'learning' || this.observed > 0) return;
    this.heap = heapBytes;
    this.outside = outsideBytes;
    // NOTE: not zero, so that the first unit of this run does not wipe it out.
    this.observed = Math.max(1, observed);
    if (state === 'light') this.cleanInARow = LIGHT_AFTER;
    this.turn(state);
  }

  private turn(state: CostState): void {
    this.current = state;
    this.isFree = state === 'light';
  }
}

/** Garbage of the young generation is no cost: it goes before memory runs out. */
function weight({ oldBytes, outsideBytes }: Observation): number {
  return oldBytes + outsideBytes;
}

/** The young generation is everybody's. */
function heapOf({ heapBytes, oldBytes, isAmidOthers }: Observation): number {
  return isAmidOthers ? Math.min(heapBytes, oldBytes) : heapBytes;
}

/** What is heavy shows it every time; what ran amid others' garbage shows that only sometimes. */
function downPaceOf({ isAtLeast, isAmidOthers }: Observation): number {
  if (isAtLeast) return BLURRED_DECAY;
  return isAmidOthers ? AMID_OTHERS_DECAY : DECAY;
}

interface Pace {
  readonly up: number;
  readonly down: number;
}

function follow(estimate: number, observed: number, { up, down }: Pace): number {
  return estimate + (observed - estimate) * (observed >= estimate ? up : down);
}
