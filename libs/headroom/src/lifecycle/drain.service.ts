import { Inject, Injectable } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';

import { FaultLog, SafeLogger } from '../listeners/index.js';
import { RESILIENCE_OPTIONS } from '../resilience-options.js';
import type { ResolvedResilienceOptions } from '../resilience-options.js';
import { AppLifecycle } from './app-lifecycle.service.js';
import { formatDrainEnd, formatDrainStart, wasCutOff } from './drain-lines.js';
import { drain, type DrainTimes } from './drain-sequence.js';
import type { Drainable } from './drainable.js';
import { RepeatedSignals } from './repeated-signals.js';
import { ShutdownStart } from './shutdown.module.js';

/**
 * Lets running work end when the app closes, before anything that the work needs is closed: first of all
 * `onModuleDestroy()` hooks.
 */
@Injectable()
export class DrainService {
  private readonly logger = new SafeLogger('Headroom');
  private readonly drainables = new Set<Drainable>();
  private readonly end = deferred();
  private running: Promise<void> | undefined;

  constructor(
    @Inject(RESILIENCE_OPTIONS) private readonly options: ResolvedResilienceOptions,
    private readonly lifecycle: AppLifecycle,
    start: ShutdownStart,
  ) {
    start.add(async () => this.drain());
  }

  /** Adds work that a shutdown waits for. */
  add(drainable: Drainable): void {
    this.drainables.add(drainable);
  }

  /** Resolves when a drain has ended. */
  get drained(): Promise<void> {
    return this.end.promise;
  }

  /** Drains once, whoever asks and how often. Never rejects. */
  async drain(): Promise<void> {
    return (this.running ??= this.run());
  }

  private async run(): Promise<void> {
    try {
      if (this.options.mode === 'observe') this.tellWhatItWouldDo();
      else await this.runSteps();
    } catch (error) {
      new FaultLog(this.logger, 'draining').report(error);
    } finally {
      this.end.resolve();
    }
  }

  private async runSteps(): Promise<void> {
    const { drain: times } = this.options;
    this.lifecycle.enter('draining');
    if (times !== false) await this.drainWithin(times);
    this.lifecycle.enter('drained');
  }

  private async drainWithin(times: Exclude<ResolvedResilienceOptions['drain'], false>): Promise<void> {
    const all = [...this.drainables].filter(({ isInUse }) => isInUse);
    const signals = new RepeatedSignals();
    signals.start();
    try {
      await Promise.all([
        this.drainAndTell(all, times, signals),
        // Whoever sends requests needs time to see that readiness is down.
        Promise.race([wait(times.readinessDelayMs), signals.after(1)]),
      ]);
    } finally {
      signals.stop();
    }
  }

  private async drainAndTell(
    all: readonly Drainable[],
    times: DrainTimes,
    signals: RepeatedSignals,
  ): Promise<void> {
    const since = performance.now();
    const running = namesOfRunning(all);
    if (all.length > 0) this.logger.log(formatDrainStart(running, times.timeoutMs));
    await drain(all, times, signals);
    if (running.length === 0) return;
    const tallies = all.map((one) => one.tally());
    const line = formatDrainEnd(tallies, performance.now() - since, signals.received);
    if (tallies.some(wasCutOff)) this.logger.warn(line);
    else this.logger.log(line);
  }

  private tellWhatItWouldDo(): void {
    const running = namesOfRunning([...this.drainables]);
    if (running.length === 0) return;
    this.logger.log(`would drain ${running.length} running jobs; mode is observe, so BullMQ closes as ever`);
  }
}

function namesOfRunning(all: readonly Drainable[]): string[] {
  return all.flatMap(({ running }) => running);
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
