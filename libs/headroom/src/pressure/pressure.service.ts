import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { type Observable, Subject, type Subscription } from 'rxjs';

import { guarded, Listeners, SafeLogger } from '../listeners/index.js';
import { RESILIENCE_OPTIONS } from '../resilience-options.js';
import type { ResolvedResilienceOptions } from '../resilience-options.js';
import { type VitalsSample, VitalsService } from '../vitals/index.js';
import { foreseen, horizonMs } from './foresight.js';
import { MemoryHistory } from './memory-history.js';
import { ON_PRESSURE_CHANGE } from './on-pressure-change.decorator.js';
import { CALM, type LevelState, nextLevel, type PressureLevel } from './pressure-level.js';
import type { PressureSignal } from './pressure-signal.js';
import { readSignals } from './pressure-signals.js';
import {
  describeReasons,
  describeSignal,
  leastTimeToLimit,
  type PressureChange,
  type PressureVerdict,
} from './pressure-verdict.js';

const LOG_METHOD = { normal: 'log', elevated: 'warn', critical: 'error' } as const;

/**
 * Judges every sample and tells the level. Reading `level` is a property read: cheap enough for every request.
 *
 * @publicApi
 */
@Injectable()
export class PressureService implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new SafeLogger('Headroom');
  private readonly listeners = new Listeners<PressureChange>(ON_PRESSURE_CHANGE, this.logger);
  private readonly changesSubject = new Subject<PressureChange>();
  private readonly verdictsSubject = new Subject<PressureVerdict>();
  private readonly settings: ResolvedResilienceOptions['pressure'];
  private readonly history = new MemoryHistory();
  private readonly horizon: number;
  private readonly subscription: Subscription;
  private isGrowthPlanned = () => false;
  private state: LevelState = CALM;
  private enteredLevelAt = performance.now();
  private since = Date.now();
  private lastVerdict: PressureVerdict;

  /** Changes of level. Completes when the app closes. */
  readonly changes: Observable<PressureChange> = this.changesSubject.asObservable();

  /** Every judgement, one per sample. Completes when the app closes. */
  readonly verdicts: Observable<PressureVerdict> = this.verdictsSubject.asObservable();

  constructor(
    @Inject(RESILIENCE_OPTIONS) options: ResolvedResilienceOptions,
    private readonly vitals: VitalsService,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {
    this.settings = options.pressure;
    this.horizon = horizonMs(options.pressure.samplesToChange, options.vitals.sampleIntervalMs);
    this.lastVerdict = this.judge(vitals.last);
    this.subscription = vitals.samples.subscribe(
      guarded(this.logger, 'judging pressure', (sample: VitalsSample) => this.handle(sample)),
    );
  }

  /** The level in force: a property read, made for every request. */
  get level(): PressureLevel {
    return this.state.level;
  }

  /** The last judgement; the same frozen object until the next sample. */
  get verdict(): PressureVerdict {
    return this.lastVerdict;
  }

  onModuleInit(): void {
    this.listeners.explore(this.discovery, this.scanner);
    // The first sample is judged before anybody can listen.
    const { level } = this;
    if (level !== CALM.level)
      this.publish({ from: CALM.level, to: level, verdict: this.lastVerdict, wasInLevelForMs: 0 });
  }

  onApplicationShutdown(): void {
    this.subscription.unsubscribe();
    this.changesSubject.complete();
    this.verdictsSubject.complete();
  }

  /**
   * Lets who plans the use of memory say that it climbs as planned, and not beyond the budget: such a climb is not
   * carried on into the future.
   *
   * @internal
   */
  planGrowth(isPlanned: () => boolean): void {
    this.isGrowthPlanned = isPlanned;
  }

  /** Judges one sample. Called for every sample of the vitals; exposed so that tests can drive it. */
  handle(sample: VitalsSample): void {
    const from = this.level;
    const wasInLevelForMs = performance.now() - this.enteredLevelAt;
    this.lastVerdict = this.judge(sample);
    if (this.level !== from) {
      this.publish({ from, to: this.level, verdict: this.lastVerdict, wasInLevelForMs });
    }
    this.verdictsSubject.next(this.lastVerdict);
  }

  private judge(sample: VitalsSample): PressureVerdict {
    const now = performance.now();
    const foresee = (signal: PressureSignal) => {
      const growth = this.history.growthOf(signal, now);
      return this.isGrowthPlanned() ? signal : foreseen(signal, growth, this.horizon);
    };
    const signals = readSignals(sample, this.vitals.limits, this.settings, foresee);
    const timeToLimitMs = leastTimeToLimit(signals);
    const score = signals[0]!.score;
    const { level: before } = this.state;
    this.state = nextLevel(this.state, score, this.settings);
    if (this.level !== before) {
      this.enteredLevelAt = now;
      this.since = Date.now();
    }
    return Object.freeze({
      level: this.level,
      score,
      reasons: Object.freeze(describeReasons(signals, this.settings.elevated)),
      signals: Object.freeze(signals),
      ...(timeToLimitMs !== undefined && { timeToLimitMs }),
      since: this.since,
      inLevelForMs: now - this.enteredLevelAt,
    });
  }

  private publish(change: PressureChange): void {
    const { from, to, verdict, wasInLevelForMs } = change;
    const reasons = verdict.reasons.length > 0 ? verdict.reasons : [describeSignal(verdict.signals[0]!)];
    this.logger.write(
      LOG_METHOD[to],
      `pressure ${from} -> ${to}: ${reasons.join(', ')} after ${(wasInLevelForMs / 1000).toFixed(1)}s of ${from}`,
    );
    this.changesSubject.next(change);
    this.listeners.notify(change);
  }
}
