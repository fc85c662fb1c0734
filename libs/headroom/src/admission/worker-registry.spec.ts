import { describe, expect, it } from 'vitest';

import type { QueueBackend } from './queue-backend.js';
import { type RegisteredWorker, WorkerRegistry, type WorkerReport } from './worker-registry.js';

const backendOf = (queue: string): QueueBackend => ({
  queue,
  ask: async () => ({ tookMs: 0, report: undefined }),
});

function worker(queue: string, concurrency: number, backend = backendOf(queue)): RegisteredWorker {
  return { queue, concurrency, backend, report: () => ({ queue }) as WorkerReport };
}

describe('WorkerRegistry', () => {
  it('adds up the concurrency of all workers, as it is now', () => {
    const registry = new WorkerRegistry();
    const reports = { ...worker('reports', 4) };
    const prices = worker('prices', 10);
    expect(registry.concurrency).toBe(0);
    registry.add(reports);
    registry.add(prices);
    expect(registry.concurrency).toBe(14);
    (reports as { concurrency: number }).concurrency = 1;
    expect(registry.concurrency).toBe(11);
    registry.remove(prices);
    expect(registry.concurrency).toBe(1);
    expect(registry.reports()).toEqual([{ queue: 'reports' }]);
  });

  it('counts a worker once, however often it is added', () => {
    const registry = new WorkerRegistry();
    const prices = worker('prices', 10);
    registry.add(prices);
    registry.add(prices);
    expect(registry.concurrency).toBe(10);
    expect(registry.reports()).toHaveLength(1);
  });

  it('names a queue once that workers share', () => {
    const registry = new WorkerRegistry();
    const [prices, reports] = [backendOf('prices'), backendOf('reports')];
    registry.add(worker('prices', 1, prices));
    registry.add(worker('reports', 1, reports));
    registry.add(worker('prices', 2, prices));
    expect(registry.backends()).toEqual([prices, reports]);
  });
});
