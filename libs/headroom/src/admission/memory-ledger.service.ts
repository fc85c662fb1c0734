import { Injectable } from '@nestjs/common';

import type { MemoryCostValue } from './memory-cost.decorator.js';
import type { Lane, WorkCost } from './work-cost.js';

/** Memory that is set aside for one unit of work. */
export interface Reservation {
  /** The unit has ended, however it did. Only the first call counts. Never throws. */
  end(): void;
}

/**
 * Why a unit does not start now. `window`: too little is known of its kind to run more of it at once, others may
 * pass it. `no-room`: it does not fit, and nobody behind it in its lane may pass.
 */
export type Refusal = 'window' | 'no-room';

/**
 * Sets memory aside before work starts, so that a burst cannot take what is not there.
 *
 * @publicApi
 */
@Injectable()
export class MemoryLedger {
  /** How many units of each lane wait now: kept by the lanes. While a request waits, no job starts (but one). */
  readonly waiting: Record<Lane, number> = { request: 0, job: 0 };

  private readonly costs = new Map<string, WorkCost>();

  /** What is known of a kind of work; made when first asked for. */
  costOf(lane: Lane, key: string, declared?: MemoryCostValue): WorkCost {
    let cost = this.costs.get(`${lane} ${key}`);
    if (!cost) {
      cost = { lane, key, isFree: declared === 'none', freeStarts: 0 };
      this.costs.set(`${lane} ${key}`, cost);
    }
    return cost;
  }

  /**
   * Sets aside what a unit of this kind takes, when it fits now. Not for kinds that are free.
   *
   * @param isOverdue a job that has waited so long that it may go before waiting requests
   * @throws {WorkExceedsBudgetError} when it can never fit
   */
  tryReserve(_cost: WorkCost, _isOverdue = false): Reservation | Refusal {
    return { end: () => undefined };
  }

  /** Calls `review` whenever there may be room again; requests are asked before jobs. Returns the way to stop it. */
  onRoom(_lane: Lane, _review: () => void): () => void {
    return () => undefined;
  }
}
