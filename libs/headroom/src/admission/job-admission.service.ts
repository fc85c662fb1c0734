import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Observable, Subscription } from 'rxjs';

import { guarded, SafeLogger } from '../listeners/index.js';
import { PressureService, type PressureVerdict } from '../pressure/index.js';
import { RESILIENCE_OPTIONS } from '../resilience-options.js';
import type { ResolvedResilienceOptions } from '../resilience-options.js';
import { type Admission, type HeldJob, HeldJobs, type HoldRequest, type Waiter } from './held-jobs.js';
import { HoldRecord } from './hold-record.js';
import type { JobCounters, JobEvent } from './job-events.js';
import { JobPlaces, NO_RESERVATION } from './job-places.js';
import { MemoryLedger, type Refusal, type Reservation } from './memory-ledger.service.js';
import type { PlaceHolder } from './place-holder.js';
import { WakeTimer } from './wake-timer.js';
import type { WorkCost } from './work-cost.js';
import { WorkerRegistry } from './worker-registry.js';

/** BullMQ closes its workers in the same phase of the shutdown as ours: they give back what is held. */
const GIVE_BACK_WITHIN_MS = 5000;
/**
 * A job that has waited for so long goes before requests that wait, which could come without end, when no job runs or
 * none of its worker: one that runs may wait for it.
 */
const OVERDUE_AFTER_MS = 5000;
/** A job that is to run alone waits for so long until those that run have ended; then it runs among them. */
const WAIT_TO_BE_ALONE_MS = 10_000;

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
  hold({ owner, cost, arrival, maxHoldMs, isAlone }: HoldRequest): HeldJob {
    const since = performance.now();
    const expiresAt = since + maxHoldMs;
    let waiter!: Waiter;
    const admitted = new Promise<Admission>((resolve, reject) => {
      waiter = {
        owner,
        cost,
        arrival,
        isAlone,
        since,
        expiresAt,
        resolve,
        reject,
        reason: 'pressure',
        isHeld: false,
      };
    });
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
    let wakeAt = Infinity;
    /** A job without room stops all behind it that need memory too; one at its window those of its kind. */
    let isFull = false;
    const atWindow = new Set<WorkCost>();
    /** One that is to run alone waits for those that run; nobody starts before it. */
    let isOneToRunAlone = false;
    for (const waiter of this.held.all()) {
      if (!waiter.isHeld) continue;
      const aloneMs = this.places.aloneMs(nowMs);
      isOneToRunAlone ||=
        waiter.isAlone && this.places.placed > 0 && nowMs - waiter.since < WAIT_TO_BE_ALONE_MS;
      const rampMs = this.places.rampMs(nowMs);
      if (aloneMs > 0 || isOneToRunAlone) {
        waiter.reason = 'alone';
        wakeAt = Math.min(wakeAt, nowMs + (aloneMs || WAIT_TO_BE_ALONE_MS));
      } else if (!this.places.has(waiter.owner)) waiter.reason = 'pressure';
      else if (rampMs > 0) {
        waiter.reason = 'pressure';
        wakeAt = Math.min(wakeAt, nowMs + rampMs);
      } else if (isFull && !this.ledger.mayPass(waiter.cost) && !this.mayBeWaitedFor(waiter, nowMs)) {
        waiter.reason = 'no-room';
      } else if (atWindow.has(waiter.cost)) waiter.reason = 'window';
      else {
        const refusal = this.tryPlace(waiter, nowMs);
        if (!refusal) continue;
        waiter.reason = refusal;
        if (refusal === 'window') atWindow.add(waiter.cost);
        else isFull = true;
      }
      if (waiter.expiresAt <= nowMs) this.release(waiter, 'put-off', 'put-off');
      else wakeAt = Math.min(wakeAt, waiter.expiresAt);
    }
    if (this.held.size > 0) this.timer.by(wakeAt);
    else this.timer.stop();
  }

  /** Nothing when the job is held no longer. */
  private tryPlace(waiter: Waiter, nowMs: number): Refusal | undefined {
    const isOverdue =
      this.mayBeWaitedFor(waiter, nowMs) || (this.places.reserved === 0 && isLate(waiter, nowMs));
    try {
      const answer = this.places.reserve(waiter.cost, isOverdue);
      if (typeof answer === 'string') return answer;
      this.places.take(waiter.owner);
      this.release(waiter, 'started', waiter.isAlone ? this.places.seclude(answer, nowMs) : answer);
    } catch (error) {
      if (this.remove(waiter)) waiter.reject(error);
    }
    return undefined;
  }

  /** No job of its worker runs: a job of another may wait for it, so that nobody would ever end. */
  private mayBeWaitedFor(waiter: Waiter, nowMs: number): boolean {
    return waiter.owner.places === 0 && isLate(waiter, nowMs);
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

function isLate({ since }: Waiter, nowMs: number): boolean {
  return nowMs - since >= OVERDUE_AFTER_MS;
}
