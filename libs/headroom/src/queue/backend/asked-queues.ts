import type { QueueBase, Worker } from 'bullmq';
import { isDeepStrictEqual } from 'node:util';

import { AskedQueue } from './asked-queue.js';

/** The queues of this process about which a backend was asked: one for all workers, and BullMQ's `Queue`, that share it. */
class AskedQueues {
  private readonly queues = new Map<AskedQueue, QueueBase>();

  /** Until the worker has closed. */
  of(worker: Worker): AskedQueue {
    worker.once('closed', () => this.leave(worker));
    return this.join(worker);
  }

  join(one: QueueBase): AskedQueue {
    const queue = this.find(one) ?? new AskedQueue(one.name);
    if (!this.queues.has(queue)) this.queues.set(queue, one);
    queue.join(one);
    return queue;
  }

  leave(one: QueueBase): void {
    for (const queue of this.queues.keys()) {
      queue.leave(one);
      if (queue.isEmpty) this.queues.delete(queue);
    }
  }

  private find(one: QueueBase): AskedQueue | undefined {
    for (const [queue, other] of this.queues) if (isSameQueue(one, other)) return queue;
    return undefined;
  }
}

export const askedQueues = new AskedQueues();

function isSameQueue(a: QueueBase, b: QueueBase): boolean {
  if (a.qualifiedName !== b.qualifiedName || a.backend.constructor !== b.backend.constructor) return false;
  const [one, other] = [a.opts.connection, b.opts.connection];
  return one === other || (isPlain(one) && isPlain(other) && isDeepStrictEqual(one, other));
}

/** Options, and no client: to compare two clients would be to walk through all that they hold. */
function isPlain(connection: object): boolean {
  return Object.getPrototypeOf(connection) === Object.prototype;
}
