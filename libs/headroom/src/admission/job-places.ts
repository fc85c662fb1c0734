import type { PressureService, PressureVerdict } from '../pressure/index.js';
import { AdaptiveConcurrency } from './adaptive-concurrency.js';
import type { MemoryLedger } from './memory-ledger.service.js';
import type { Refusal, Reservation } from './reservation.js';
import type { PlaceHolder } from './place-holder.js';
import type { WorkCost } from './work-cost.js';
import type { WorkerRegistry } from './worker-registry.js';

/** For how long a job that may kill its process keeps others from starting beside it. */
const MAX_ALONE_MS = 30_000;

/** Of free jobs. NOTE: not that of a ledger that fails, whose jobs are counted. */
export const NO_RESERVATION: Reservation = Object.freeze({ end: () => undefined });

/** Who has a place and memory, and whether there is more of them: counts, and no waiting. */
export class JobPlaces {
  /** Jobs that have a place now. */
  placed = 0;
  /** Jobs that run with memory set aside. */
  reserved = 0;
  /** Jobs that have taken a place since start. */
  admitted = 0;
  private readonly concurrency: AdaptiveConcurrency;
  /** Nobody starts before, because one job runs alone. */
  private aloneUntilMs = 0;

  constructor(
    private readonly pressure: Pick<PressureService, 'level'>,
    private readonly workers: WorkerRegistry,
    private readonly ledger: MemoryLedger,
    thresholds: { readonly elevated: number; readonly critical: number },
  ) {
    this.concurrency = new AdaptiveConcurrency(thresholds);
  }

  /** Whether places are limited, or starts are ramped. */
  get isRestricting(): boolean {
    return this.pressure.level !== 'normal' || this.concurrency.isRestricting || this.aloneUntilMs > 0;
  }

  /** Milliseconds until others may start beside one that runs alone. */
  aloneMs(nowMs: number): number {
    return Math.max(0, this.aloneUntilMs - nowMs);
  }

  /** @param isShort whether a job is held that a place would help */
  judge(verdict: PressureVerdict, isShort: boolean): void {
    const { concurrency } = this.workers;
    this.concurrency.judge(verdict, { placed: this.placed, concurrency, isShort });
  }

  has(owner: PlaceHolder): boolean {
    return owner.places < this.limit(owner);
  }

  /** How many places there are for this worker. */
  limit({ concurrency }: PlaceHolder): number {
    return this.concurrency.limit(this.pressure.level, concurrency);
  }

  /** Milliseconds until a place may be taken. */
  rampMs(nowMs: number): number {
    return this.concurrency.rampMs(this.placed, nowMs);
  }

  /**
   * Sets memory aside for a job that has a place; free ones need none.
   *
   * @throws {WorkExceedsBudgetError} when it can never fit
   */
  reserve(cost: WorkCost, isOverdue = false): Reservation | Refusal {
    if (cost.isFree) {
      cost.freeStarts++;
      return NO_RESERVATION;
    }
    const answer = this.ledger.tryReserve(cost, isOverdue);
    if (typeof answer === 'string') return answer;
    // At once: others get their places before its code runs, and what is looked at meanwhile is not its doing.
    answer.waits?.();
    this.reserved++;
    return answer;
  }

  /** From now on, until it has ended, nobody starts beside the one that holds this reservation. */
  seclude(reservation: Reservation, nowMs: number): Reservation {
    this.aloneUntilMs = nowMs + MAX_ALONE_MS;
    if (reservation === NO_RESERVATION) this.reserved++;
    return {
      waits: () => reservation.waits?.(),
      begins: () => reservation.begins?.(),
      end: () => {
        this.aloneUntilMs = 0;
        reservation.end();
      },
    };
  }

  take(owner: PlaceHolder): void {
    this.placed++;
    owner.places++;
    this.admitted++;
    if (this.concurrency.isRestricting) this.concurrency.started(this.placed, performance.now());
  }

  giveBack(owner: PlaceHolder, reservation: Reservation): void {
    this.placed--;
    owner.places--;
    if (reservation === NO_RESERVATION) return;
    this.reserved--;
    reservation.end();
  }
}
