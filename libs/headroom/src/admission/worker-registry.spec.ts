import { describe, expect, it } from 'vitest';

import { type RegisteredWorker, WorkerRegistry, type WorkerReport } from './worker-registry.js';

function worker(queue: string, concurrency: number): RegisteredWorker {
  return { concurrency, report: () => ({ queue }) as WorkerReport };
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
});
