import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type Observable, Subject, type Subscription } from 'rxjs';

import { guarded, SafeLogger } from '../listeners/index.js';
import { PressureService, type PressureVerdict } from '../pressure/index.js';
import { RESILIENCE_OPTIONS } from '../resilience-options.js';
import type { ResolvedResilienceOptions } from '../resilience-options.js';
import { AdaptiveConcurrency } from './adaptive-concurrency.js';
import { type Admission, HeldJobs, type Waiter } from './held-jobs.js';
import { HoldLog } from './hold-log.js';
import type { HoldReason, JobCounters, JobEvent } from './job-events.js';
import { MemoryLedger, type Refusal, type Reservation } from './memory-ledger.service.js';
import type { PlaceHolder } from './place-holder.js';
import { WakeTimer } from './wake-timer.js';
import type { WorkCost } from './work-cost.js';
import { WorkerRegistry } from './worker-registry.js';

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
  /** From {@link JobAdmission.arrive}. */
  readonly arrival: number;
  /** Milliseconds after which it is put off; `Infinity` is never. */
  readonly maxHoldMs: number;
}

const NO_RESERVATION: Reservation = Object.freeze({ end: () => undefined });
/** BullMQ closes its workers in the same phase of the shutdown as ours: they give back what is held. */
const GIVE_BACK_WITHIN_MS = 5000;
/**
 * A job that has waited for so long goes before requests that wait, which could come without end, when no job runs or
 * none of its worker: one that runs may wait for it.
 */
const OVERDUE_AFTER_MS = 5000;

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
  private readonly log: HoldLog;
  private readonly concurrency: AdaptiveConcurrency;
  private readonly subscription: Subscription;
  private readonly stopAskingForRoom: () => void;
  private readonly held = new HeldJobs();
  private readonly timer: WakeTimer;
  private readonly eventSubject = new Subject<JobEvent>();
  private placed = 0;
  /** Jobs that run with memory set aside. */
  private reserved = 0;
  private arrivals = 0;
  private admittedTotal = 0;
  private heldTotal = 0;
  private putOffTotal = 0;
  private waitedMs = 0;
  private reviews = 0;
  private isReviewing = false;
  private isShutDown = false;
  private restTimer: NodeJS.Timeout | undefined;

  /** What was done with jobs that did not start at once; nothing when calm. Completes when the app closes. */
  readonly events: Observable<JobEvent> = this.eventSubject.asObservable();

  constructor(
    @Inject(RESILIENCE_OPTIONS) options: ResolvedResilienceOptions,
    private readonly pressure: PressureService,
    private readonly workers: WorkerRegistry,
    private readonly ledger: MemoryLedger,
  ) {
    const logger = new SafeLogger('Headroom');
    const safe = <Args extends unknown[]>(work: (...args: Args) => void) =>
      guarded(logger, 'admitting held jobs', work);
    this.isObserving = options.mode === 'observe';
    this.log = new HoldLog(logger, this.isObserving);
    this.concurrency = new AdaptiveConcurrency(options.pressure);
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
    this.eventSubject.complete();
    if (this.held.size === 0) return;
    const placeRest = () => {
      for (const waiter of this.held.all()) this.letGo(waiter);
    };
    this.restTimer = setTimeout(placeRest, GIVE_BACK_WITHIN_MS).unref();
  }

  /** Jobs that have a place now. */
  get running(): number {
    return this.placed;
  }

  get counters(): JobCounters {
    return Object.freeze({
      admitted: this.admittedTotal,
      held: this.heldTotal,
      waitedMs: this.waitedMs,
      putOff: this.putOffTotal,
    });
  }

  /** Whether a job that took its place a moment ago may really start: pressure may have risen meanwhile. */
  get isOpen(): boolean {
    return this.pressure.level !== 'critical' || this.isObserving || this.isShutDown;
  }

  /** How many jobs this worker may run now: its concurrency when calm, none at critical. */
  allowedNow({ concurrency }: PlaceHolder): number {
    if (this.isObserving || this.isShutDown) return concurrency;
    return Math.min(concurrency, this.concurrency.limit(this.pressure.level, concurrency));
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
    if (this.pressure.level !== 'normal' || this.held.size > 0 || this.concurrency.isRestricting) {
      if (this.isShutDown) return this.startAnyway(owner);
      const isFirst = this.held.size === 0;
      if (!isFirst || !this.hasPlace(owner) || this.rampMs(performance.now()) > 0) {
        if (!this.isObserving) return undefined;
        if (!this.hasPlace(owner)) this.noteHeld('would-hold', owner, cost, 'pressure');
      }
    }
    const answer = this.reserve(cost);
    if (typeof answer === 'string') {
      if (!this.isObserving) return undefined;
      this.noteHeld('would-hold', owner, cost, answer);
      return this.startAnyway(owner);
    }
    this.take(owner);
    return answer;
  }

  /** Takes a place that there may not be, and no memory: for a job that can neither wait nor go back. */
  startAnyway(owner: PlaceHolder): Reservation {
    this.take(owner);
    return NO_RESERVATION;
  }

  /** Holds a job until there is a place and memory, behind those that have arrived before it. */
  hold({ owner, cost, arrival, maxHoldMs }: HoldRequest): HeldJob {
    const since = performance.now();
    const expiresAt = since + maxHoldMs;
    let waiter!: Waiter;
    const admitted = new Promise<Admission>((resolve, reject) => {
      waiter = { owner, cost, arrival, since, expiresAt, resolve, reject, reason: 'pressure', isHeld: false };
    });
    this.held.add(waiter);
    this.ledger.waiting.job = this.held.size;
    this.placeHeld();
    if (waiter.isHeld) this.noteHeld('held', owner, cost, waiter.reason);
    this.tellLog();
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
    this.placed--;
    owner.places--;
    if (reservation !== NO_RESERVATION) {
      this.reserved--;
      reservation.end();
    }
    if (this.held.size > 0 && this.reviews === reviewsBefore) this.review();
  }

  private judge(verdict: PressureVerdict): void {
    const isShort = this.held.all().some(({ reason }) => reason === 'pressure');
    const concurrency = this.workers.concurrency;
    this.concurrency.judge(verdict, { placed: this.placed, concurrency, isShort });
    this.review();
  }

  private hasPlace(owner: PlaceHolder): boolean {
    return owner.places < this.concurrency.limit(this.pressure.level, owner.concurrency);
  }

  private rampMs(nowMs: number): number {
    return this.concurrency.rampMs(this.placed, nowMs);
  }

  private reserve(cost: WorkCost, isOverdue = false): Reservation | Refusal {
    if (cost.isFree) {
      cost.freeStarts++;
      return NO_RESERVATION;
    }
    const answer = this.ledger.tryReserve(cost, isOverdue);
    if (typeof answer !== 'string') this.reserved++;
    return answer;
  }

  private take(owner: PlaceHolder): void {
    this.placed++;
    owner.places++;
    this.admittedTotal++;
    if (this.concurrency.isRestricting) this.concurrency.started(this.placed, performance.now());
  }

  private review(): void {
    this.placeHeld();
    this.tellLog();
  }

  private tellLog(): void {
    const { first } = this.held;
    if (first) this.log.stillHeld(this.held.size, first, this.pressure.verdict);
    else this.log.noneHeld(this.pressure.verdict);
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
    for (const waiter of this.held.all()) {
      if (!waiter.isHeld) continue;
      const rampMs = this.rampMs(nowMs);
      if (!this.hasPlace(waiter.owner)) waiter.reason = 'pressure';
      else if (rampMs > 0) {
        waiter.reason = 'pressure';
        wakeAt = Math.min(wakeAt, nowMs + rampMs);
      } else if (isFull && !waiter.cost.isFree) waiter.reason = 'no-room';
      else if (atWindow.has(waiter.cost)) waiter.reason = 'window';
      else {
        const refusal = this.tryPlace(waiter, nowMs);
        if (!refusal) continue;
        waiter.reason = refusal;
        if (refusal === 'window') atWindow.add(waiter.cost);
        else isFull = true;
      }
      if (waiter.expiresAt <= nowMs) this.putOff(waiter, nowMs);
      else wakeAt = Math.min(wakeAt, waiter.expiresAt);
    }
    if (this.held.size > 0) this.timer.by(wakeAt);
    else this.timer.stop();
  }

  /** Nothing when the job is held no longer. */
  private tryPlace(waiter: Waiter, nowMs: number): Refusal | undefined {
    const isNext = this.reserved === 0 || waiter.owner.places === 0;
    const isOverdue = isNext && nowMs - waiter.since >= OVERDUE_AFTER_MS;
    try {
      const answer = this.reserve(waiter.cost, isOverdue);
      if (typeof answer === 'string') return answer;
      this.take(waiter.owner);
      this.release(waiter, 'started', answer);
    } catch (error) {
      if (this.remove(waiter)) waiter.reject(error);
    }
    return undefined;
  }

  private letGo(waiter: Waiter): void {
    if (!waiter.isHeld) return;
    this.take(waiter.owner);
    this.release(waiter, 'started', NO_RESERVATION);
  }

  private putOff(waiter: Waiter, nowMs: number): void {
    if (!this.release(waiter, 'put-off', 'put-off')) return;
    this.putOffTotal++;
    this.log.putOff(waiter.owner.queue, nowMs - waiter.since);
  }

  private release(waiter: Waiter, kind: JobEvent['kind'], admission: Admission): boolean {
    if (!this.remove(waiter)) return false;
    const waitedMs = performance.now() - waiter.since;
    this.waitedMs += waitedMs;
    waiter.resolve(admission);
    this.tell(kind, waiter.owner, waiter.cost, waiter.reason, waitedMs);
    return true;
  }

  private remove(waiter: Waiter): boolean {
    const wasHeld = this.held.remove(waiter);
    this.ledger.waiting.job = this.held.size;
    if (this.held.size === 0) clearTimeout(this.restTimer);
    return wasHeld;
  }

  private noteHeld(
    kind: 'held' | 'would-hold',
    owner: PlaceHolder,
    cost: WorkCost,
    reason: HoldReason,
  ): void {
    this.heldTotal++;
    this.log.held(reason, cost.key, this.pressure.verdict);
    this.tell(kind, owner, cost, reason, 0);
  }

  private tell(
    kind: JobEvent['kind'],
    { queue }: PlaceHolder,
    { key }: WorkCost,
    reason: HoldReason,
    waitedMs: number,
  ): void {
    if (this.eventSubject.observed) this.eventSubject.next({ kind, queue, work: key, reason, waitedMs });
  }
}
