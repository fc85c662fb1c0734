import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { Subscription } from 'rxjs';

import { guarded } from '../listeners/index.js';
import { PressureService } from '../pressure/index.js';
import { RESILIENCE_OPTIONS } from '../resilience-options.js';
import type { ResolvedResilienceOptions } from '../resilience-options.js';
import { HoldLog } from './hold-log.js';
import { jobAllowance } from './job-allowance.js';
import { WorkerRegistry } from './worker-registry.js';

/** `start`: the job has a place. `give-back`: it will not get one here, because its worker closes. */
export type Admission = 'start' | 'give-back';

/** A job that is held: it keeps its lock and waits for a place. */
export interface HeldJob {
  readonly admitted: Promise<Admission>;
  /** Lets it go on at once: it was cancelled, and its processor shall see that. */
  letGo(): void;
}

interface Waiter {
  readonly owner: object;
  readonly since: number;
  readonly resolve: (admission: Admission) => void;
}

/**
 * Decides which job may start now. Counts places: a job takes one before it starts and gives it back when it
 * has ended.
 *
 * States of a job: *arrived* -> (*held* ->) *placed* -> *ended*. A held job is placed when pressure falls, in
 * order of arrival, or given back when its worker closes. Calm, an arrival costs a comparison and a counter.
 */
@Injectable()
export class JobAdmission implements OnApplicationShutdown {
  private readonly isObserving: boolean;
  private readonly log: HoldLog;
  private readonly subscription: Subscription;
  private held: Waiter[] = [];
  private placed = 0;
  private isShutDown = false;

  /** Jobs held since start; in `observe` mode those that would have been. */
  heldTotal = 0;

  constructor(
    @Inject(RESILIENCE_OPTIONS) private readonly options: ResolvedResilienceOptions,
    private readonly pressure: PressureService,
    private readonly workers: WorkerRegistry,
  ) {
    const logger = new Logger('Headroom');
    this.isObserving = options.mode === 'observe';
    this.log = new HoldLog(logger, this.isObserving);
    this.subscription = pressure.verdicts.subscribe(
      guarded(logger, 'admitting held jobs', () => this.review()),
    );
  }

  /** Nobody judges pressure any more: whoever waits or comes now runs. */
  onApplicationShutdown(): void {
    this.isShutDown = true;
    this.subscription.unsubscribe();
    for (const waiter of this.held.splice(0)) this.place(waiter);
  }

  /** Jobs that have a place now. */
  get running(): number {
    return this.placed;
  }

  /** Whether a job that took its place a moment ago may really start: pressure may have risen meanwhile. */
  get isOpen(): boolean {
    return this.pressure.level !== 'critical' || this.isObserving || this.isShutDown;
  }

  /** Takes a place if there is one. */
  tryStart(): boolean {
    if (this.pressure.level !== 'normal' || this.held.length > 0) {
      if (!this.isShutDown && (this.held.length > 0 || !this.hasPlace())) {
        if (!this.isObserving) return false;
        this.noteHold();
      }
    }
    this.placed++;
    return true;
  }

  /** Takes a place that there may not be: for a job that can neither wait nor go back. */
  startAnyway(): void {
    this.placed++;
  }

  /** Holds a job of `owner` until there is a place; one that had its place already goes to the front. */
  hold(owner: object, hadPlace = false): HeldJob {
    let waiter!: Waiter;
    const admitted = new Promise<Admission>((resolve) => {
      waiter = { owner, since: performance.now(), resolve };
    });
    if (hadPlace) this.held.unshift(waiter);
    else this.held.push(waiter);
    this.noteHold();
    return { admitted, letGo: () => this.letGo(waiter) };
  }

  /** Gives a place back. */
  ended(): void {
    this.placed--;
    if (this.held.length > 0) this.review();
  }

  /** Gives the held jobs of a worker back to their queue: it closes or pauses, and would wait for them. */
  giveBack(owner: object): void {
    const leaving = this.held.filter((waiter) => waiter.owner === owner);
    this.held = this.held.filter((waiter) => waiter.owner !== owner);
    for (const waiter of leaving) waiter.resolve('give-back');
  }

  private hasPlace(): boolean {
    const { level, verdict } = this.pressure;
    return this.placed < jobAllowance(level, verdict.score, this.workers.concurrency, this.options.pressure);
  }

  private review(): void {
    while (this.held.length > 0 && this.hasPlace()) this.place(this.held.shift()!);
    const { level, verdict } = this.pressure;
    if (this.held.length > 0) this.log.stillHeld(this.held.length, this.held[0]!.since, verdict);
    else if (this.log.isOpen && level === 'normal') this.log.over();
  }

  private place(waiter: Waiter): void {
    this.placed++;
    waiter.resolve('start');
  }

  private letGo(waiter: Waiter): void {
    const index = this.held.indexOf(waiter);
    if (index < 0) return;
    this.held.splice(index, 1);
    this.place(waiter);
  }

  private noteHold(): void {
    this.heldTotal++;
    this.log.held(this.pressure.verdict);
  }
}
