import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { Queue, Worker } from 'bullmq';

import { JobAdmission, MemoryLedger, WorkerRegistry } from '../admission/index.js';
import { processTurnGate } from '../event-loop/index.js';
import { DrainService } from '../lifecycle/index.js';
import { guarded, SafeLogger } from '../listeners/index.js';
import { RESILIENCE_OPTIONS } from '../resilience-options.js';
import type { ResolvedResilienceOptions } from '../resilience-options.js';
import { type LoopStall, loopWatch, WorkObserver } from '../vitals/index.js';
import { askedQueues } from './backend/asked-queues.js';
import { blockerOf, describeBlock } from './locks/loop-block.js';
import { QueueDrain } from './end/queue-drain.js';
import { findMisplacedDecorators } from './worker/misplaced-decorators.js';
import { type QueueRuntime, queueRuntime } from './worker/queue-runtime.js';
import { TrackedWorker } from './worker/tracked-worker.js';
import { findUnwrappedQueues } from './worker/unwrapped-queues.js';
import { queuesWithProcessors, registeredQueues, workerHosts } from './worker/worker-hosts.js';
import { type WorkerSettings, WorkerSettingsExplorer } from './worker/worker-settings.js';
import { wrappedWorkers } from './worker/wrapped-workers.js';

/** The event loop is not watched more closely, however short a lock is. */
const SHORTEST_STALL_MS = 50;

/** Takes charge of the wrapped workers of its app. */
@Injectable()
export class QueueResilienceService
  implements QueueRuntime, OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown
{
  private readonly logger = new SafeLogger('Headroom');
  private readonly tracked = new Set<TrackedWorker>();
  private queues: Queue[] = [];
  private watchedFromMs = Infinity;
  private stopWatching: (() => void) | undefined;
  readonly gate = processTurnGate;
  readonly isObserving: boolean;
  readonly maxHoldMs: number | false;
  readonly maxDeaths: number | false;
  readonly maxMemoryDeaths: number | false;
  readonly countsDeaths: boolean;

  constructor(
    @Inject(RESILIENCE_OPTIONS) private readonly options: ResolvedResilienceOptions,
    private readonly registry: WorkerRegistry,
    private readonly settings: WorkerSettingsExplorer,
    private readonly discovery: DiscoveryService,
    readonly admission: JobAdmission,
    readonly ledger: MemoryLedger,
    readonly observer: WorkObserver,
    drain: DrainService,
  ) {
    this.isObserving = options.mode === 'observe';
    this.maxHoldMs = options.queue.maxHoldMs;
    this.maxDeaths = options.queue.maxDeaths;
    this.maxMemoryDeaths = this.isObserving ? false : options.queue.maxMemoryDeaths;
    this.countsDeaths = this.maxDeaths !== false && !this.isObserving;
    drain.add(new QueueDrain(this.tracked, (worker) => wrappedWorkers.mayClose(worker, this)));
    // Workers start to fetch jobs while the app's other modules still init.
    queueRuntime.prepare(this);
    wrappedWorkers.claim(this, () => false);
  }

  onModuleInit(): void {
    queueRuntime.enter(this);
    this.configureGate();
  }

  onApplicationBootstrap(): void {
    wrappedWorkers.claim(this, this.ownWorkers());
    for (const worker of this.tracked) worker.settle();
    this.queues = registeredQueues(this.discovery);
    for (const queue of this.queues) this.registry.addQueue(askedQueues.join(queue));
    for (const sentence of findMisplacedDecorators(this.discovery)) this.logger.warn(sentence);
    for (const queue of findUnwrappedQueues(this.discovery, this.registry)) {
      this.logger.warn(
        `queue "${queue}" has workers that Headroom does not wrap: they were registered before it was imported, or ` +
          `BullModule.workerClass was replaced. Import 'nestjs-headroom' first in main.ts, and set ` +
          `BullModule.workerClass = withResilience(YourWorker).`,
      );
    }
  }

  onApplicationShutdown(): void {
    this.stopWatching?.();
    for (const queue of this.queues) askedQueues.leave(queue);
    queueRuntime.leave(this);
    queueRuntime.current?.configureGate();
    wrappedWorkers.release(this);
  }

  configureGate(): void {
    this.gate.configure(this.options.turnGate);
  }

  settingsOf(worker: object): WorkerSettings {
    return this.settings.settingsOf(worker);
  }

  register(worker: TrackedWorker): void {
    this.tracked.add(worker);
    this.registry.add(worker);
    this.watchFrom(worker.safeHoldMs);
  }

  unregister(worker: TrackedWorker): void {
    this.tracked.delete(worker);
    this.registry.remove(worker);
  }

  /**
   * Whether a worker is of this app: of one of its processors, or made with the options of one of its queues. Of those no
   * more than it has made: another app of the same module has as many that look the same.
   */
  private ownWorkers(): (worker: Worker) => boolean {
    const hosted = new Set(workerHosts(this.discovery).map(({ worker }) => worker));
    const queues = queuesWithProcessors(this.discovery);
    return (worker) => {
      if (hosted.has(worker)) return true;
      const made = queues.find(
        ({ queue: { name, opts }, processors }) =>
          processors > 0 &&
          name === worker.name &&
          opts.connection === worker.opts.connection &&
          opts.prefix === worker.opts.prefix,
      );
      if (made) made.processors--;
      return made !== undefined;
    };
  }

  /** Watches for stalls of so many milliseconds, unless shorter ones are watched for already. */
  private watchFrom(stallMs: number): void {
    const leastMs = Math.max(stallMs, SHORTEST_STALL_MS);
    if (leastMs >= this.watchedFromMs) return;
    this.watchedFromMs = leastMs;
    this.stopWatching?.();
    this.stopWatching = loopWatch.listen(
      leastMs,
      guarded(this.logger, 'watching the locks of jobs', (stall: LoopStall) => this.watchLocks(stall)),
    );
  }

  /** A job that blocks the loop for longer than its lock lasts is taken for stalled, and runs twice. */
  private watchLocks(stall: LoopStall): void {
    const { at, durationMs, certainty } = stall;
    for (const worker of this.tracked) {
      if (!worker.mayHaveLostLock(durationMs, at)) continue;
      const block = { at, loopDelayMs: durationMs, by: blockerOf(stall) };
      void worker.locks.check(block);
      const { queue, lockDurationMs } = worker.report();
      const idle = certainty === 'stopped' ? ', and it did not compute: it was stopped, or waited' : '';
      this.logger.error(
        `queue "${queue}": ${describeBlock(block)}${idle}, while it had jobs with locks of ${lockDurationMs}ms: a job ` +
          `may run twice.${idle ? '' : ' Split the work with yieldIfDue(), or raise lockDuration.'}`,
      );
    }
  }
}
