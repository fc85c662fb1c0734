import type { Worker } from 'bullmq';
import { isDeepStrictEqual } from 'node:util';

import { AskedQueue } from './asked-queue.js';

/** The queues of this process about which a backend was asked: one for all workers that share it. */
class AskedQueues {
  private readonly queues = new Map<AskedQueue, Worker>();

  of(worker: Worker): AskedQueue {
    const queue = this.find(worker) ?? new AskedQueue(worker.name);
    if (!this.queues.has(queue)) this.queues.set(queue, worker);
    queue.join(worker);
    worker.once('closed', () => {
      queue.leave(worker);
      if (queue.isEmpty) this.queues.delete(queue);
    });
    return queue;
  }

  private find(worker: Worker): AskedQueue | undefined {
    for (const [queue, other] of this.queues) if (isSameQueue(worker, other)) return queue;
    return undefined;
  }
}

export const askedQueues = new AskedQueues();

function isSameQueue(a: Worker, b: Worker): boolean {
  if (a.qualifiedName !== b.qualifiedName || a.backend.constructor !== b.backend.constructor) return false;
  const [one, other] = [a.opts.connection, b.opts.connection];
  return one === other || (isPlain(one) && isPlain(other) && isDeepStrictEqual(one, other));
}

/** Options, and no client: to compare two clients would be to walk through all that they hold. */
function isPlain(connection: object): boolean {
  return Object.getPrototypeOf(connection) === Object.prototype;
}
