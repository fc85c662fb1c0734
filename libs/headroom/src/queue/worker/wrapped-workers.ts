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
  private readonly owners = new Map<TrackedWorker, QueueRuntime>();

  add(worker: Worker, tracked: TrackedWorker): void {
    this.workers.set(worker, tracked);
    tracked.belongTo(queueRuntime.current);
  }

  remove(worker: Worker): void {
    const tracked = this.workers.get(worker);
    if (!tracked) return;
    tracked.belongTo(undefined);
    this.workers.delete(worker);
    this.owners.delete(tracked);
  }

  /** Hands over the workers that are the owner's by `isOwn`, and those that nobody is in charge of. */
  claim(owner: QueueRuntime, isOwn: (worker: Worker) => boolean): void {
    for (const [worker, tracked] of this.workers) {
      const known = this.owners.get(tracked) ?? owner;
      if (known !== owner) continue;
      if (isOwn(worker)) this.owners.set(tracked, owner);
      else if (tracked.runtime !== undefined) continue;
      tracked.belongTo(owner);
    }
  }

  /**
   * Whether an app may close a worker when it closes itself: while others live, only one that it has found to be its own.
   * Another may have made it, which goes on to serve it.
   */
  mayClose(tracked: TrackedWorker, owner: QueueRuntime): boolean {
    return this.owners.get(tracked) === owner || queueRuntime.isAlone(owner);
  }

  /** An app has closed: what it leaves open belongs to whoever serves the process now. */
  release(owner: QueueRuntime): void {
    for (const tracked of this.workers.values()) {
      if (this.owners.get(tracked) === owner) this.owners.delete(tracked);
      if (tracked.runtime === owner) tracked.belongTo(queueRuntime.current);
    }
  }
}

export const wrappedWorkers = new WrappedWorkers();
