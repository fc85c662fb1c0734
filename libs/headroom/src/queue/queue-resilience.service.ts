import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { Subscription } from 'rxjs';

import { JobAdmission, WorkerRegistry } from '../admission/index.js';
import { processTurnGate } from '../event-loop/index.js';
import { guarded } from '../listeners/index.js';
import { RESILIENCE_OPTIONS } from '../resilience-options.js';
import type { ResolvedResilienceOptions } from '../resilience-options.js';
import { type VitalsSample, VitalsService, WorkObserver } from '../vitals/index.js';
import { type QueueRuntime, queueRuntime } from './queue-runtime.js';
import { TrackedWorker } from './tracked-worker.js';
import { findUnwrappedQueues } from './unwrapped-queues.js';
import { type WorkerSettings, WorkerSettingsExplorer } from './worker-settings.js';
import { wrappedWorkers } from './wrapped-workers.js';

/** Takes charge of the wrapped workers of this process. */
@Injectable()
export class QueueResilienceService
  implements QueueRuntime, OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown
{
  private readonly logger = new Logger('Headroom');
  private readonly subscription: Subscription;
  private readonly tracked = new Set<TrackedWorker>();
  readonly gate = processTurnGate;
  readonly isObserving: boolean;

  constructor(
    @Inject(RESILIENCE_OPTIONS) options: ResolvedResilienceOptions,
    vitals: VitalsService,
    private readonly registry: WorkerRegistry,
    private readonly settings: WorkerSettingsExplorer,
    private readonly discovery: DiscoveryService,
    readonly admission: JobAdmission,
    readonly observer: WorkObserver,
  ) {
    this.isObserving = options.mode === 'observe';
    this.gate.configure(options.turnGate);
    // In the constructor, not in a hook: workers start to fetch jobs while the app's other modules still init.
    queueRuntime.enter(this);
    wrappedWorkers.claim(this);
    this.subscription = vitals.samples.subscribe(
      guarded(this.logger, 'watching the locks of jobs', (sample: VitalsSample) => this.watchLocks(sample)),
    );
  }

  onApplicationBootstrap(): void {
    for (const queue of findUnwrappedQueues(this.discovery, this.registry)) {
      this.logger.warn(
        `queue "${queue}" has workers that Headroom does not wrap: they were registered before it was imported, or ` +
          `BullModule.workerClass was replaced. Import 'nestjs-headroom' first in main.ts, and set ` +
          `BullModule.workerClass = withResilience(YourWorker).`,
      );
    }
  }

  /**
   * Workers stop fetching as soon as the app begins to close, and held jobs go back to their queues: BullMQ's
   * own module waits for active jobs, and pressure is judged no longer.
   */
  onModuleDestroy(): void {
    for (const worker of this.tracked) worker.stopFetching();
  }

  onApplicationShutdown(): void {
    this.subscription.unsubscribe();
    queueRuntime.leave(this);
  }

  settingsOf(worker: object): WorkerSettings {
    return this.settings.settingsOf(worker);
  }

  register(worker: TrackedWorker): void {
    this.tracked.add(worker);
    this.registry.add(worker);
  }

  unregister(worker: TrackedWorker): void {
    this.tracked.delete(worker);
    this.registry.remove(worker);
  }

  /** A job that blocks the loop for longer than its lock lasts is taken for stalled, and runs twice. */
  private watchLocks({ at, eventLoop: { maxDelayMs } }: VitalsSample): void {
    for (const worker of this.tracked) {
      if (!worker.mayHaveLostLock(maxDelayMs)) continue;
      worker.notePossibleDoubleRun(at, maxDelayMs);
      const { queue, active, lockDurationMs } = worker.report();
      this.logger.error(
        `queue "${queue}": the event loop was blocked for ${Math.round(maxDelayMs)}ms while ${active} of its jobs ran ` +
          `with locks of ${lockDurationMs}ms: a job may run twice. Split the work with yieldIfDue(), or raise lockDuration.`,
      );
    }
  }
}
