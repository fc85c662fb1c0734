import type { WorkerHost } from '@nestjs/bullmq';
import type { DiscoveryService } from '@nestjs/core';
import type { Queue, Worker } from 'bullmq';

import { bullMq, nestBullMq } from './bullmq-package.js';

/** The `@Processor()` instances of an app, each with its worker once it has one. */
export function workerHosts(discovery: DiscoveryService): { host: WorkerHost; worker: Worker | undefined }[] {
  return instances(discovery)
    .filter((instance) => nestBullMq && instance instanceof nestBullMq.WorkerHost)
    .map((host) => ({ host: host as WorkerHost, worker: workerOf(host as WorkerHost) }));
}

/** The queues that an app has registered. */
export function registeredQueues(discovery: DiscoveryService): Queue[] {
  return instances(discovery).filter(
    (instance): instance is Queue => bullMq !== undefined && instance instanceof bullMq.Queue,
  );
}

/** Those that were registered with processors of their own, functional or sandboxed. */
export function queuesWithProcessors(discovery: DiscoveryService): { queue: Queue; processors: number }[] {
  return registeredQueues(discovery)
    .map((queue) => {
      const { processors } = queue.opts as { processors?: readonly unknown[] };
      return { queue, processors: processors?.length ?? 0 };
    })
    .filter(({ processors }) => processors > 0);
}

function instances(discovery: DiscoveryService): unknown[] {
  return discovery.getProviders().map(({ instance }: { instance: unknown }) => instance);
}

/** The getter throws until the worker exists. */
function workerOf(host: WorkerHost): Worker | undefined {
  try {
    return host.worker;
  } catch {
    return undefined;
  }
}
