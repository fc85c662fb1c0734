import type { Worker } from 'bullmq';

import { queueRuntime, type QueueRuntime } from './queue-runtime.js';
import type { TrackedWorker } from './tracked-worker.js';

/**
 * Every wrapped worker of the process that is not closed. A new worker belongs to the module that serves the
 * process at that moment; when an app has started it takes those that are its own.
 */
class WrappedWorkers {
  private readonly workers = new Map<Worker, TrackedWorker>();
  /** Those that an app has found to be its own: one of the same module, started beside it, does not take them. */
  private readonly owners = new Map<Worker, QueueRuntime>();

  add(worker: Worker, tracked: TrackedWorker): void {
    this.workers.set(worker, tracked);
    tracked.belongTo(queueRuntime.current);
  }

  remove(worker: Worker): void {
    this.workers.get(worker)?.belongTo(undefined);
    this.workers.delete(worker);
    this.owners.delete(worker);
  }

  /** Hands over the workers that are the owner's by `isOwn`, and those that nobody is in charge of. */
  claim(owner: QueueRuntime, isOwn: (worker: Worker) => boolean): void {
    for (const [worker, tracked] of this.workers) {
      const known = this.owners.get(worker) ?? owner;
      if (known !== owner) continue;
      if (isOwn(worker)) this.owners.set(worker, owner);
      else if (tracked.runtime !== undefined) continue;
      tracked.belongTo(owner);
    }
  }

  /** An app has closed: what it leaves open belongs to whoever serves the process now. */
  release(owner: QueueRuntime): void {
    for (const [worker, tracked] of this.workers) {
      if (this.owners.get(worker) === owner) this.owners.delete(worker);
      if (tracked.runtime === owner) tracked.belongTo(queueRuntime.current);
    }
  }
}

export const wrappedWorkers = new WrappedWorkers();
