import type { DiscoveryService } from '@nestjs/core';

import type { WorkerRegistry } from '../../admission/index.js';
import { isResilient } from './with-resilience.js';
import { queuesWithProcessors, workerHosts } from './worker-hosts.js';

/**
 * Queues with workers of the app that are not wrapped: `@Processor` classes whose worker is of another class,
 * and functional processors, whose workers nobody hands out, so that they are counted.
 */
export function findUnwrappedQueues(discovery: DiscoveryService, registry: WorkerRegistry): string[] {
  const unwrapped = new Set<string>();
  for (const { worker } of workerHosts(discovery)) {
    if (worker && !isResilient(worker.constructor)) unwrapped.add(worker.name);
  }
  const reports = registry.reports();
  for (const { queue, processors } of queuesWithProcessors(discovery)) {
    if (reports.filter((report) => report.queue === queue.name).length < processors) {
      unwrapped.add(queue.name);
    }
  }
  return [...unwrapped];
}
