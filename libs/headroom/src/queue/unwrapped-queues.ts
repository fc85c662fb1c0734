import type { DiscoveryService } from '@nestjs/core';

import type { WorkerRegistry } from '../admission/index.js';
import { bullMq } from './bullmq-package.js';
import { isResilient } from './with-resilience.js';
import { workerOf } from './worker-settings.js';

/**
 * Queues with workers of the app that are not wrapped: `@Processor` classes whose worker is of another class,
 * and functional processors, whose workers nobody hands out, so that they are counted.
 */
export function findUnwrappedQueues(discovery: DiscoveryService, registry: WorkerRegistry): string[] {
  if (!bullMq) return [];
  const unwrapped = new Set<string>();
  const expected = new Map<string, number>();
  for (const { instance } of discovery.getProviders() as { instance: unknown }[]) {
    if (typeof instance !== 'object' || instance === null) continue;
    if (instance instanceof bullMq.Queue) {
      const { processors } = instance.opts as { processors?: unknown[] };
      expected.set(instance.name, Math.max(expected.get(instance.name) ?? 0, processors?.length ?? 0));
      continue;
    }
    const worker = workerOf(instance);
    if (worker instanceof bullMq.Worker && !isResilient(worker.constructor)) unwrapped.add(worker.name);
  }
  const reports = registry.reports();
  for (const [queue, count] of expected) {
    if (count > reports.filter((report) => report.queue === queue).length) unwrapped.add(queue);
  }
  return [...unwrapped];
}
