import { Injectable } from '@nestjs/common';

import type { QueueBackend } from './queue-backend.js';

/**
 * What a queue worker of this process is doing.
 *
 * @publicApi
 */
export interface WorkerReport {
  readonly queue: string;
  readonly isRunning: boolean;
  /** Made with `autorun: false`: it runs when the app says so, or never. */
  readonly isManual: boolean;
  /** Marked `@SkipResilience()`: counted, but neither gated, held nor logged. */
  readonly isSkipped: boolean;
  /** Paused by `worker.pause()`; a hold by Headroom is told by `held`. */
  readonly isPaused: boolean;
  /** Paused because the app closes. */
  readonly isDraining: boolean;
  readonly isClosing: boolean;
  /** Jobs that it may run at once, as the user set it. */
  readonly concurrency: number;
  /** Jobs that it may run at once under the pressure of the moment; all when calm, none at critical. */
  readonly allowedNow: number;
  /** Milliseconds after which another worker may take a job whose lock was not renewed. */
  readonly lockDurationMs: number;
  /** Jobs in `process()` now. */
  readonly active: number;
  /** Jobs that keep their lock and wait for pressure to fall, or for memory. */
  readonly held: number;
  /** Jobs that wait until those of their kind that run have shown what they take. */
  readonly heldToLearn: number;
  readonly completed: number;
  readonly failed: number;
  /** Wall-clock time, milliseconds since the epoch. */
  readonly lastStartedAt: number | undefined;
  readonly lastFinishedAt: number | undefined;
  /** Jobs that ran on though their lock was lost: another worker may have run them too. */
  readonly lostLocks: number;
  /** Jobs that failed for good because process after process died with them. */
  readonly poisoned: number;
  /** The last time that a lock was lost, or that the event loop was late by more than a lock lasts. */
  readonly possibleDoubleRun: PossibleDoubleRun | undefined;
}

/** @publicApi */
export interface PossibleDoubleRun {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** How long the event loop did not turn; 0 when that was not the reason. */
  readonly loopDelayMs: number;
  /** What blocked it, when there is one that fits: `reports:build#17` of a job, else `request=GET /bundles/:id`. */
  readonly blockedBy: string | undefined;
}

/** A wrapped worker, as the rooms see it that do not know BullMQ. */
export interface RegisteredWorker {
  readonly queue: string;
  readonly concurrency: number;
  readonly backend: QueueBackend;
  report(): WorkerReport;
}

/**
 * The wrapped queue workers of this app.
 *
 * @publicApi
 */
@Injectable()
export class WorkerRegistry {
  private readonly workers = new Set<RegisteredWorker>();
  private readonly queues = new Set<QueueBackend>();
  private readonly names = new Set<string>();

  add(worker: RegisteredWorker): void {
    this.workers.add(worker);
    this.names.add(worker.queue);
  }

  remove(worker: RegisteredWorker): void {
    this.workers.delete(worker);
  }

  /** How many jobs all workers together may run at once. */
  get concurrency(): number {
    let sum = 0;
    for (const worker of this.workers) sum += worker.concurrency;
    return sum;
  }

  /** One report per worker, made when asked for. */
  reports(): WorkerReport[] {
    return [...this.workers].map((worker) => worker.report());
  }

  /** A queue that the app has registered, with workers here or without. @internal */
  addQueue(queue: QueueBackend): void {
    this.queues.add(queue);
    this.names.add(queue.queue);
  }

  /** The queues of the workers, each once; of those that are named also the ones that have no worker here. */
  backends(named?: readonly string[]): QueueBackend[] {
    const worked = Array.from(this.workers, ({ backend }) => backend);
    if (!named) return [...new Set(worked)];
    return [...new Set([...worked, ...this.queues])].filter(({ queue }) => named.includes(queue));
  }

  /** Names of the queues that this app has registered, or has had workers of. */
  get queueNames(): string[] {
    return [...this.names];
  }
}
