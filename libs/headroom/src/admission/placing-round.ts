import type { Waiter } from './held-jobs.js';
import type { HoldReason } from './job-events.js';
import type { JobPlaces } from './job-places.js';
import type { MemoryLedger } from './memory-ledger.service.js';
import type { Reservation } from './reservation.js';
import type { WorkCost } from './work-cost.js';

/**
 * A job that has waited for so long goes before requests that wait, which could come without end, when no job runs or
 * none of its worker: one that runs may wait for it.
 */
const OVERDUE_AFTER_MS = 5000;
/** A job that is to run alone waits for so long until those that run have ended; then it runs among them. */
const WAIT_TO_BE_ALONE_MS = 10_000;

/**
 * Places held jobs, which are asked in the order of arrival, as far as there are places and memory at one moment. Those
 * that lack one of them stand in the way of some behind them.
 */
export class PlacingRound {
  /** When one that was refused is to be asked again, in the time of `performance.now()`; `Infinity` is never. */
  wakeAt = Infinity;
  /** A job without room stops all behind it that need memory too; one at its window those of its kind. */
  private isFull = false;
  private readonly atWindow = new Set<WorkCost>();
  /** One that is to run alone waits for those that run; nobody starts before it. */
  private isOneToRunAlone = false;

  constructor(
    private readonly places: JobPlaces,
    private readonly ledger: Pick<MemoryLedger, 'mayPass'>,
    private readonly nowMs: number,
  ) {}

  /**
   * Takes a place and sets memory aside, or says why not.
   *
   * @throws {WorkExceedsBudgetError} when the job can never fit
   */
  place(waiter: Waiter): Reservation | HoldReason {
    const { nowMs, places } = this;
    const aloneMs = places.aloneMs(nowMs);
    this.isOneToRunAlone ||=
      waiter.isAlone && places.placed > 0 && nowMs - waiter.since < WAIT_TO_BE_ALONE_MS;
    if (aloneMs > 0 || this.isOneToRunAlone) return this.later('alone', aloneMs || WAIT_TO_BE_ALONE_MS);
    if (!places.has(waiter.owner)) return 'pressure';
    const rampMs = places.rampMs(nowMs);
    if (rampMs > 0) return this.later('pressure', rampMs);
    if (this.isFull && !this.mayPass(waiter)) return 'no-room';
    if (this.atWindow.has(waiter.cost)) return 'window';
    return this.reserve(waiter);
  }

  private reserve(waiter: Waiter): Reservation | HoldReason {
    const { nowMs, places } = this;
    const answer = places.reserve(waiter.cost, this.isOverdue(waiter));
    if (answer === 'window') this.atWindow.add(waiter.cost);
    else if (answer === 'no-room') this.isFull = true;
    if (typeof answer === 'string') return answer;
    places.take(waiter.owner);
    return waiter.isAlone ? places.seclude(answer, nowMs) : answer;
  }

  private later(reason: HoldReason, ms: number): HoldReason {
    this.wakeAt = Math.min(this.wakeAt, this.nowMs + ms);
    return reason;
  }

  private mayPass(waiter: Waiter): boolean {
    return this.ledger.mayPass(waiter.cost) || this.mayBeWaitedFor(waiter);
  }

  private isOverdue(waiter: Waiter): boolean {
    return this.mayBeWaitedFor(waiter) || (this.places.reserved === 0 && this.isLate(waiter));
  }

  /** No job of its worker runs: a job of another may wait for it, so that nobody would ever end. */
  private mayBeWaitedFor(waiter: Waiter): boolean {
    return waiter.owner.places === 0 && this.isLate(waiter);
  }

  private isLate({ since }: Waiter): boolean {
    return this.nowMs - since >= OVERDUE_AFTER_MS;
  }
}
