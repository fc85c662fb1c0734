import { queueRuntime, type QueueRuntime } from './queue-runtime.js';
import type { TrackedWorker } from './tracked-worker.js';

/**
 * Every wrapped worker of the process that is not closed, with the module that took charge of it. A worker may
 * be made before the module (functional processors are), or without one.
 */
class WrappedWorkers {
  private readonly owners = new Map<TrackedWorker, QueueRuntime | undefined>();

  add(worker: TrackedWorker): void {
    const owner = queueRuntime.current;
    this.owners.set(worker, owner);
    owner?.register(worker);
  }

  remove(worker: TrackedWorker): void {
    this.owners.get(worker)?.unregister(worker);
    this.owners.delete(worker);
  }

  /** Hands over all workers that nobody is in charge of. */
  claim(owner: QueueRuntime): void {
    for (const [worker, current] of this.owners) {
      if (current) continue;
      this.owners.set(worker, owner);
      owner.register(worker);
    }
  }
}

export const wrappedWorkers = new WrappedWorkers();
