import type { HoldReason } from './job-events.js';
import type { PlaceHolder } from './place-holder.js';
import type { Reservation } from './reservation.js';
import type { WorkCost } from './work-cost.js';

/**
 * What became of a held job. A reservation: it starts, and holds this. `give-back`: it will not start here, because
 * its worker closes. `put-off`: it has waited long enough, another machine may have room.
 */
export type Admission = Reservation | 'give-back' | 'put-off';

/** A job that is held: it keeps its lock and waits for a place, and for memory. */
export interface HeldJob {
  /** Rejects with what the job is to fail with: a cost that can never fit. */
  readonly admitted: Promise<Admission>;
  /** Why it waits. */
  readonly reason: HoldReason;
  /** Gives it a place, whether there is one or not, and no memory: for its end. */
  letGo(): void;
  /** Lets it go back to its queue. */
  giveBack(): void;
}

/** What is asked for when a job is to be held. */
export interface HoldRequest {
  readonly owner: PlaceHolder;
  readonly cost: WorkCost;
  /** From `JobAdmission.arrive()`. */
  readonly arrival: number;
  /** Milliseconds after which it is put off; `Infinity` is never. */
  readonly maxHoldMs: number;
  /** Nobody else is to run beside it, for a while: its process may die. */
  readonly isAlone: boolean;
}

/** A held job as the admission keeps it. */
export interface Waiter {
  readonly owner: PlaceHolder;
  readonly cost: WorkCost;
  readonly arrival: number;
  readonly isAlone: boolean;
  /** In the time of `performance.now()`, as is `expiresAt`. */
  readonly since: number;
  readonly expiresAt: number;
  readonly resolve: (admission: Admission) => void;
  readonly reject: (error: unknown) => void;
  reason: HoldReason;
  isHeld: boolean;
}

export function newWaiter(
  { maxHoldMs, ...request }: HoldRequest,
  since: number,
): { readonly waiter: Waiter; readonly admitted: Promise<Admission> } {
  let waiter!: Waiter;
  const admitted = new Promise<Admission>((resolve, reject) => {
    const expiresAt = since + maxHoldMs;
    waiter = { ...request, since, expiresAt, resolve, reject, reason: 'pressure', isHeld: false };
  });
  return { waiter, admitted };
}

/** Those that are held, in the order of their arrival. */
export class HeldJobs {
  private waiters: Waiter[] = [];

  get size(): number {
    return this.waiters.length;
  }

  get first(): Waiter | undefined {
    return this.waiters[0];
  }

  /** A copy: those that are held may change meanwhile. */
  all(): readonly Waiter[] {
    return [...this.waiters];
  }

  /** Behind those that have arrived before it: one that had its place already goes back in between. */
  add(waiter: Waiter): void {
    const behind = this.waiters.findLastIndex((other) => other.arrival < waiter.arrival);
    this.waiters.splice(behind + 1, 0, waiter);
    waiter.isHeld = true;
  }

  /** Whether it was held until now. */
  remove(waiter: Waiter): boolean {
    if (!waiter.isHeld) return false;
    waiter.isHeld = false;
    this.waiters.splice(this.waiters.indexOf(waiter), 1);
    return true;
  }
}
