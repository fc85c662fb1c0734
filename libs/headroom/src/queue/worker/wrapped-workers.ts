import type { Worker } from 'bullmq';

import { queueRuntime, type QueueRuntime } from './queue-runtime.js';
import type { TrackedWorker } from './tracked-worker.js';

/**
 * Every wrapped worker of the process that is not closed. A new worker belongs to the module that serves the
 * process at that moment; when an app has started it takes those that are its own.
 */
class WrappedWorkers {
  private readonly workers = new Map<Worker, TrackedWorker>();

  add(worker: Worker, tracked: TrackedWorker): void {
    this.workers.set(worker, tracked);
    tracked.belongTo(queueRuntime.current);
  }

  remove(worker: Worker): void {
    this.workers.get(worker)?.belongTo(undefined);
    this.workers.delete(worker);
  }

  /** Hands over the workers that are the owner's by `isOwn`, and those that nobody is in charge of. */
  claim(owner: QueueRuntime, isOwn: (worker: Worker) => boolean): void {
    for (const [worker, tracked] of this.workers) {
      if (tracked.runtime === undefined || isOwn(worker)) tracked.belongTo(owner);
    }
  }

  /** An app has closed: what it leaves open belongs to whoever serves the process now. */
  release(owner: QueueRuntime): void {
    for (const tracked of this.workers.values()) {
      if (tracked.runtime === owner) tracked.belongTo(queueRuntime.current);
    }
  }
}

export const wrappedWorkers = new WrappedWorkers();
