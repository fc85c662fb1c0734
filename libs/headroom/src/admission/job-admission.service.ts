import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Subscription } from 'rxjs';

import { guarded, SafeLogger } from '../listeners/index.js';
import { PressureService } from '../pressure/index.js';
import { RESILIENCE_OPTIONS } from '../resilience-options.js';
import type { ResolvedResilienceOptions } from '../resilience-options.js';
import { HoldLog } from './hold-log.js';
import { jobAllowance } from './job-allowance.js';
import { WorkerRegistry } from './worker-registry.js';

/** `start`: the job has a place. `give-back`: it will not get one here, because its worker closes. */
export type Admission = 'start' | 'give-back';

/** Who takes places: a worker. The admission counts them here, so that no worker is left without any. */
export interface PlaceHolder {
  places: number;
}

/** A job that is held: it keeps its lock and waits for a place. */
export interface HeldJob {
  readonly admitted: Promise<Admission>;
  /** Gives it a place, whether there is one or not. */
  letGo(): void;
  /** Lets it go back to its queue. */
  giveBack(): void;
}

interface Waiter {
  readonly owner: PlaceHolder;
  readonly arrival: number;
  readonly since: number;
  readonly resolve: (admission: Admission) => void;
}

/** BullMQ closes its workers in the same phase of the shutdown as ours: they give back what is held. */
const GIVE_BACK_WITHIN_MS = 5000;

/**
 * Decides which job may start now. Counts places: a job takes one before it starts and gives it back when it
 * has ended.
 *
 * States of a job: *arrived* -> (*held* ->) *placed* -> *ended*. A held job is placed when pressure falls, in
 * order of arrival, or given back when its worker closes. Calm, an arrival costs a comparison and counters.
 */
@Injectable()
export class JobAdmission implements OnApplicationShutdown {
  private readonly isObserving: boolean;
  private readonly log: HoldLog;
  private readonly subscription: Subscription;
  private readonly held: Waiter[] = [];
  private placed = 0;
  private arrivals = 0;
  private total = 0;
  private isShutDown = false;
  private restTimer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(RESILIENCE_OPTIONS) private readonly options: ResolvedResilienceOptions,
    private readonly pressure: PressureService,
    private readonly workers: WorkerRegistry,
  ) {
    const logger = new SafeLogger('Headroom');
    this.isObserving = options.mode === 'observe';
    this.log = new HoldLog(logger, this.isObserving);
    this.subscription = pressure.verdicts.subscribe(
      guarded(logger, 'admitting held jobs', () => this.review()),
    );
  }

  /** Pressure is judged no longer: who comes now runs, and so does who is left when all workers have closed. */
  onApplicationShutdown(): void {
    this.isShutDown = true;
    this.subscription.unsubscribe();
    if (this.held.length === 0) return;
    const placeRest = () => {
      for (const waiter of this.held.splice(0)) this.place(waiter);
    };
    this.restTimer = setTimeout(placeRest, GIVE_BACK_WITHIN_MS).unref();
  }

  /** Jobs that have a place now. */
  get running(): number {
    return this.placed;
  }

  /** Jobs held since start; in `observe` mode those that would have been. */
  get heldTotal(): number {
    return this.total;
  }

  /** Whether a job that took its place a moment ago may really start: pressure may have risen meanwhile. */
  get isOpen(): boolean {
    return this.pressure.level !== 'critical' || this.isObserving || this.isShutDown;
  }

  /** A number that tells the order of arrival. */
  arrive(): number {
    return ++this.arrivals;
  }

  /** Takes a place if there is one. */
  tryStart(owner: PlaceHolder): boolean {
    if (this.pressure.level !== 'normal' || this.held.length > 0) {
      if (!this.isShutDown && (this.held.length > 0 || !this.hasPlace(owner))) {
        if (!this.isObserving) return false;
        this.noteHold();
      }
    }
    this.startAnyway(owner);
    return true;
  }

  /** Takes a place that there may not be: for a job that can neither wait nor go back. */
  startAnyway(owner: PlaceHolder): void {
    this.placed++;
    owner.places++;
  }

  /** Holds a job of `owner` until there is a place, behind those that have arrived before it. */
  hold(owner: PlaceHolder, arrival: number): HeldJob {
    let waiter!: Waiter;
    const admitted = new Promise<Admission>((resolve) => {
      waiter = { owner, arrival, since: performance.now(), resolve };
    });
    const behind = this.held.findLastIndex((other) => other.arrival < arrival);
    this.held.splice(behind + 1, 0, waiter);
    this.noteHold();
    this.review();
    return {
      admitted,
      letGo: () => this.remove(waiter) && this.place(waiter),
      giveBack: () => this.remove(waiter) && waiter.resolve('give-back'),
    };
  }

  /** Gives a place back. */
  ended(owner: PlaceHolder): void {
    this.placed--;
    owner.places--;
    if (this.held.length > 0) this.review();
  }

  /** No worker is left without any running job below critical: one may wait for what another has in its queue. */
  private hasPlace(owner: PlaceHolder): boolean {
    const { level, verdict } = this.pressure;
    if (level !== 'critical' && owner.places === 0) return true;
    return this.placed < jobAllowance(level, verdict.score, this.workers.concurrency, this.options.pressure);
  }

  private review(): void {
    for (let index = 0; index < this.held.length;) {
      const waiter = this.held[index]!;
      if (!this.hasPlace(waiter.owner)) index++;
      else if (this.remove(waiter)) this.place(waiter);
    }
    const { level, verdict } = this.pressure;
    if (this.held.length > 0) this.log.stillHeld(this.held.length, this.held[0]!.since, verdict);
    else if (this.log.isOpen && level === 'normal') this.log.over();
  }

  private place(waiter: Waiter): void {
    this.startAnyway(waiter.owner);
    waiter.resolve('start');
  }

  private remove(waiter: Waiter): boolean {
    const index = this.held.indexOf(waiter);
    if (index >= 0) this.held.splice(index, 1);
    if (this.held.length === 0) clearTimeout(this.restTimer);
    return index >= 0;
  }

  private noteHold(): void {
    this.total++;
    this.log.held(this.pressure.verdict);
  }
}
