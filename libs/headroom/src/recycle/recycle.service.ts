import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Subscription } from 'rxjs';

import { JobMonitor } from '../admission/index.js';
import { isRestarted } from '../diagnosis/index.js';
import { DrainService, exitWith } from '../lifecycle/index.js';
import { FaultLog, guarded, SafeLogger } from '../listeners/index.js';
import { RESILIENCE_OPTIONS } from '../resilience-options.js';
import type { ResolvedResilienceOptions } from '../resilience-options.js';
import { chargedRssBytes, type VitalsSample, VitalsService, WorkObserver } from '../vitals/index.js';
import { formatRecycle } from './recycle-line.js';
import { RecycleSlot } from './recycle-slot.js';
import {
  type ProcessFacts,
  type RecycleLimits,
  type RecycleReason,
  RecycleWatch,
  withJitter,
} from './recycle-watch.js';

type Options = Exclude<ResolvedResilienceOptions['recycle'], false>;

const ASK_AGAIN_MS = 1000;
/** Where the process is known to be restarted, and no limit was set. */
const KNOWN_RESTART_RSS_SHARE = 0.9;

/** Ends the process in good order before the kernel does it, for its supervisor to start it anew. */
@Injectable()
export class RecycleService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new SafeLogger('Headroom');
  private readonly faults = new FaultLog(this.logger, 'keeping recycles apart');
  private readonly options: Options | false;
  private readonly isObserving: boolean;
  private subscription: Subscription | undefined;
  private limits!: RecycleLimits;
  private watch!: RecycleWatch;
  private slot!: RecycleSlot;
  private firstRssBytes = 0;
  private ranThen: readonly string[] | undefined;
  private askAgainAtMs = 0;
  private hasClosed = false;

  constructor(
    @Inject(RESILIENCE_OPTIONS) options: ResolvedResilienceOptions,
    private readonly vitals: VitalsService,
    private readonly jobs: JobMonitor,
    private readonly observer: WorkObserver,
    private readonly drain: DrainService,
  ) {
    this.options = options.recycle;
    this.isObserving = options.mode === 'observe';
  }

  onApplicationBootstrap(): void {
    if (this.options === false) return;
    const limits = this.limitsFrom(this.options);
    if ((limits.maxRssBytes ?? limits.maxJobs ?? limits.maxUptimeMs) === undefined) return;
    this.limits = withJitter(limits, this.options.jitter, Math.random);
    this.watch = new RecycleWatch(this.limits);
    this.slot = new RecycleSlot(this.options.minIntervalMs);
    this.firstRssBytes = this.rssOf(this.vitals.last);
    this.subscription = this.vitals.samples.subscribe(
      guarded(this.logger, 'watching for a recycle', (sample: VitalsSample) => this.look(sample)),
    );
  }

  onApplicationShutdown(): void {
    this.subscription?.unsubscribe();
    this.hasClosed = true;
  }

  private limitsFrom({ maxRss, graceMs, maxJobs, maxUptimeMs, minUptimeMs }: Options): RecycleLimits {
    const share =
      maxRss?.share ?? (maxRss || !isRestarted(process.env) ? undefined : KNOWN_RESTART_RSS_SHARE);
    const limitBytes = this.vitals.limits.effective.bytes;
    const maxRssBytes = maxRss?.bytes ?? (share === undefined ? undefined : share * limitBytes);
    return { maxRssBytes, graceMs, maxJobs, maxUptimeMs, minUptimeMs };
  }

  /** A number of bytes means what `ps` shows; a share of the limit means what counts under it. */
  private rssOf(sample: VitalsSample): number {
    const isInBytes = this.options !== false && this.options.maxRss?.bytes !== undefined;
    return isInBytes ? sample.rssBytes : chargedRssBytes(sample, this.vitals.limits.effective.bytes);
  }

  private look(sample: VitalsSample): void {
    const rssBytes = this.rssOf(sample);
    const facts = { rssBytes, uptimeMs: process.uptime() * 1000, jobs: this.jobs.counters.admitted };
    const reason = this.watch.judge(facts);
    this.rememberWhoRan(facts);
    if (!reason || facts.uptimeMs < this.askAgainAtMs) return;
    this.askAgainAtMs = facts.uptimeMs + ASK_AGAIN_MS;
    if (this.isObserving || this.mayGo()) this.recycle(reason, facts);
  }

  private rememberWhoRan(facts: ProcessFacts): void {
    if (this.watch.aboveMs(facts) === undefined) this.ranThen = undefined;
    else this.ranThen ??= this.observer.running.map(({ name }) => name);
  }

  /** Another process of this app, that was recycled a moment ago, is to be up first. */
  private mayGo(): boolean {
    try {
      return this.slot.take(Date.now());
    } catch (error) {
      this.faults.report(error);
      return true;
    }
  }

  private recycle(reason: RecycleReason, facts: ProcessFacts): void {
    this.subscription?.unsubscribe();
    const { exitCode } = this.options as Options;
    const line = formatRecycle({
      ...facts,
      reason,
      exitCode,
      firstRssBytes: this.firstRssBytes,
      maxRssBytes: this.limits.maxRssBytes,
      aboveMs: this.watch.aboveMs(facts),
      ranThen: this.ranThen ?? [],
    });
    if (this.isObserving) this.logger.warn(`would be ${line}; mode is observe, so it runs on`);
    else {
      this.logger.warn(line);
      void exitWith(exitCode, this.drain, this.logger, () => this.hasClosed);
    }
  }
}
