import type { WorkCost } from './work-cost.js';

/** Memory that is set aside for one unit of work. */
export interface Reservation {
  /**
   * The unit waits for its turn, and takes nothing before {@link begins}; one that ends before has taught nothing. Whoever
   * does not call this has begun with the reservation. These two are not there where nothing is reserved, and are not for a
   * unit in another process.
   */
  waits?(): void;
  /** The unit's own code runs now: what is taken until no microtask is left is its own. */
  begins?(): void;
  /**
   * The unit has ended, however it did. Only the first call counts. Never throws.
   *
   * @param peakBytes of a unit in a process of its own: the most that it had resident, where that is known
   */
  end(peakBytes?: number): void;
}

/** The memory of a process that this one has started, or is about to. */
export interface ChildClaim {
  /** Resident bytes now; whoever started it keeps this up to date. */
  usedBytes: number;
  /** `MemoryLedger.tryReserve()` for a unit that runs in it; `cost` is what the whole process takes. */
  tryReserve(cost: WorkCost, isOverdue?: boolean): Reservation | Refusal;
  /** The process is gone. */
  release(): void;
}

/**
 * Why a unit does not start now. `window`: too little is known of its kind to run more of it at once, others may
 * pass it. `no-room`: it does not fit, and nobody behind it in its lane may pass.
 */
export type Refusal = 'window' | 'no-room';

/** Of work that is free, and of all work when the ledger itself fails: it goes on without. */
export const NOTHING_RESERVED: Reservation = Object.freeze({ end: () => undefined });
