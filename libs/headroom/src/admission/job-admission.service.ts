import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Observable, Subscription } from 'rxjs';

import { guarded, SafeLogger } from '../listeners/index.js';
import { PressureService, type PressureVerdict } from '../pressure/index.js';
import { RESILIENCE_OPTIONS } from '../resilience-options.js';
import type { ResolvedResilienceOptions } from '../resilience-options.js';
import {
  type Admission,
  type HeldJob,
  HeldJobs,
  type HoldRequest,
  newWaiter,
  type Waiter,
} from './held-jobs.js';
import { HoldRecord } from './hold-record.js';
import type { JobCounters, JobEvent } from './job-events.js';
import { JobPlaces, NO_RESERVATION } from './job-places.js';
import { MemoryLedger } from './memory-ledger.service.js';
import type { Reservation } from './reservation.js';
import type { PlaceHolder } from './place-holder.js';
import { PlacingRound } from './placing-round.js';
import { WakeTimer } from './wake-timer.js';
import type { WorkCost } from './work-cost.js';
import { WorkerRegistry } from './worker-registry.js';

/** BullMQ closes its workers in the same phase of the shutdown as ours: they give back what is held. */
const GIVE_BACK_WITHIN_MS = 5000;
/**
 * Decides which job may start now. A job takes a place, and sets aside the memory that it is known to take, before it
 * starts; it gives back both when it has ended.
 *
 * States of a job: *arrived* -> (*held* ->) *placed* -> *ended*. Held jobs are placed in the order of arrival, as far as
 * there are places and memory, or leave: put off when they have waited too long, given back when their worker closes.
 * Calm, an arrival costs a comparison and counters.
 */
@Injectable()
export class JobAdmission implements OnApplicationShutdown {
  private readonly isObserving: boolean;
  private readonly record: HoldRecord;
  private readonly places: JobPlaces;
  private readonly subscription: Subscription;
  private readonly stopAskingForRoom: () => void;
  private readonly held = new HeldJobs();
  private readonly timer: WakeTimer;
  private arrivals = 0;
  private reviews = 0;
  private isReviewing = false;
  private isShutDown = false;
  private restTimer: NodeJS.Timeout | undefined;

  /** What was done with jobs that did not start at once; nothing when calm. Completes when the app closes. */
  readonly events: Observable<JobEvent>;

  constructor(
    @Inject(RESILIENCE_OPTIONS) options: ResolvedResilienceOptions,
    private readonly pressure: PressureService,
    workers: WorkerRegistry,
    private readonly ledger: MemoryLedger,
  ) {
    const logger = new SafeLogger('Headroom');
    const safe = <Args extends unknown[]>(work: (...args: Args) => void) =>
      guarded(logger, 'admitting held jobs', work);
    this.isObserving = options.mode === 'observe';
    this.record = new HoldRecord(logger, this.isObserving);
    this.events = this.record.events;
    this.places = new JobPlaces(pressure, workers, ledger, options.pressure);
    this.timer = new WakeTimer(safe(() => this.review()));
    this.subscription = pressure.verdicts.subscribe(safe((verdict: PressureVerdict) => this.judge(verdict)));
    this.stopAskingForRoom = ledger.onRoom(
      'job',
      safe(() => this.held.size > 0 && this.review()),
    );
  }

  /** Pressure is judged no longer: who comes now runs, and so does who is left when all workers have closed. */
  onApplicationShutdown(): void {
    this.isShutDown = true;
    this.subscription.unsubscribe();
    this.stopAskingForRoom();
    this.timer.stop();
    this.record.complete();
    if (this.held.size === 0) return;
    const placeRest = () => {
      for (const waiter of this.held.all()) this.letGo(waiter);
    };
    this.restTimer = setTimeout(placeRest, GIVE_BACK_WITHIN_MS).unref();
  }

  /** Jobs that have a place now. */
  get running(): number {
    return this.places.placed;
  }

  get counters(): JobCounters {
    return Object.freeze({ admitted: this.places.admitted, ...this.record.counters });
  }

  /** Whether a job that took its place a moment ago may really start: pressure may have risen meanwhile. */
  get isOpen(): boolean {
    return this.pressure.level !== 'critical' || this.isObserving || this.isShutDown;
  }

  /** How many jobs this worker may run now: its concurrency when calm, none at critical. */
  allowedNow(owner: PlaceHolder): number {
    const isLimited = !this.isObserving && !this.isShutDown;
    return isLimited ? Math.min(owner.concurrency, this.places.limit(owner)) : owner.concurrency;
  }

  /** A number that tells the order of arrival. */
  arrive(): number {
    return ++this.arrivals;
  }

  /**
   * Takes a place and sets memory aside, if there are both. What it returns belongs to `ended`.
   *
   * @throws {WorkExceedsBudgetError} when the job can never fit
   */
  tryStart(owner: PlaceHolder, cost: WorkCost): Reservation | undefined {
    if (this.isShutDown) return this.startAnyway(owner);
    if (this.places.isRestricting || this.held.size > 0) {
      if (this.isObserving) this.noteWouldHold(owner, cost);
      else if (!this.mayStartNow(owner)) return undefined;
    }
    const answer = this.places.reserve(cost);
    if (typeof answer === 'string') {
      if (!this.isObserving) return undefined;
      this.record.hold({ owner, cost, reason: answer }, this.pressure.verdict);
      return this.startAnyway(owner);
    }
    this.places.take(owner);
    return answer;
  }

  /** Takes a place that there may not be, and no memory: for a job that can neither wait nor go back. */
  startAnyway(owner: PlaceHolder): Reservation {
    this.places.take(owner);
    return NO_RESERVATION;
  }

  /** Holds a job until there is a place and memory, behind those that have arrived before it. */
  hold(request: HoldRequest): HeldJob {
    const { waiter, admitted } = newWaiter(request, performance.now());
    this.held.add(waiter);
    this.ledger.waiting.job = this.held.size;
    if (this.isShutDown) this.letGo(waiter);
    else this.placeHeld();
    if (waiter.isHeld) this.record.hold(waiter, this.pressure.verdict);
    this.record.reviewed(this.held, this.pressure.verdict);
    return {
      admitted,
      get reason() {
        return waiter.reason;
      },
      letGo: () => this.letGo(waiter),
      giveBack: () => this.release(waiter, 'given-back', 'give-back'),
    };
  }

  /** Gives back the place, and the memory that was set aside. */
  ended(owner: PlaceHolder, reservation: Reservation): void {
    const reviewsBefore = this.reviews;
    this.places.giveBack(owner, reservation);
    if (this.held.size > 0 && this.reviews === reviewsBefore) this.review();
  }

  private judge(verdict: PressureVerdict): void {
    const isShort = this.held.all().some(({ reason }) => reason === 'pressure');
    this.places.judge(verdict, isShort);
    this.review();
  }

  private mayStartNow(owner: PlaceHolder): boolean {
    const nowMs = performance.now();
    return (
      this.held.size === 0 &&
      this.places.has(owner) &&
      this.places.rampMs(nowMs) === 0 &&
      this.places.aloneMs(nowMs) === 0
    );
  }

  private noteWouldHold(owner: PlaceHolder, cost: WorkCost): void {
    if (this.places.has(owner)) return;
    this.record.hold({ owner, cost, reason: 'pressure' }, this.pressure.verdict);
  }

  private review(): void {
    this.placeHeld();
    this.record.reviewed(this.held, this.pressure.verdict);
  }

  private placeHeld(): void {
    // NOTE: a reservation that ends, or a listener to events, may ask for a review within a review.
    if (this.isReviewing || this.isShutDown) return;
    this.isReviewing = true;
    this.reviews++;
    try {
      this.placeInOrder(performance.now());
    } finally {
      this.isReviewing = false;
    }
  }

  /** Places whom it can, in the order of arrival, and puts off who has waited too long. */
  private placeInOrder(nowMs: number): void {
    const round = new PlacingRound(this.places, this.ledger, nowMs);
    let wakeAt = Infinity;
    for (const waiter of this.held.all()) {
      if (!waiter.isHeld || this.tryPlace(waiter, round)) continue;
      if (waiter.expiresAt <= nowMs) this.release(waiter, 'put-off', 'put-off');
      else wakeAt = Math.min(wakeAt, waiter.expiresAt);
    }
    if (this.held.size > 0) this.timer.by(Math.min(wakeAt, round.wakeAt));
    else this.timer.stop();
  }

  /** Whether it is held no longer: it has started, or failed. */
  private tryPlace(waiter: Waiter, round: PlacingRound): boolean {
    try {
      const answer = round.place(waiter);
      if (typeof answer !== 'string') this.release(waiter, 'started', answer);
      else waiter.reason = answer;
      return typeof answer !== 'string';
    } catch (error) {
      if (this.remove(waiter)) waiter.reject(error);
      return true;
    }
  }

  private letGo(waiter: Waiter): void {
    if (!waiter.isHeld) return;
    this.places.take(waiter.owner);
    this.release(waiter, 'started', NO_RESERVATION);
  }

  private release(waiter: Waiter, kind: 'started' | 'put-off' | 'given-back', admission: Admission): void {
    if (!this.remove(waiter)) return;
    waiter.resolve(admission);
    this.record.release(kind, waiter);
  }

  private remove(waiter: Waiter): boolean {
    const wasHeld = this.held.remove(waiter);
    this.ledger.waiting.job = this.held.size;
    if (this.held.size === 0) clearTimeout(this.restTimer);
    return wasHeld;
  }
}
