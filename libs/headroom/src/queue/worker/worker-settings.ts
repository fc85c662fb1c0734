import type { WorkerHost } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';

import { MEMORY_COST, type MemoryCostByJobName, type MemoryCostValue } from '../../admission/index.js';
import { SKIP_RESILIENCE, YIELD_BETWEEN_JOBS, type YieldBetweenJobsOptions } from './queue.decorators.js';
import { workerHosts } from './worker-hosts.js';

/** What the decorators on a processor class ask for. */
export interface WorkerSettings {
  readonly skip: boolean;
  readonly sliceMs: number | undefined;
  readonly declaredCost: MemoryCostValue | MemoryCostByJobName | undefined;
}

export const NO_SETTINGS: WorkerSettings = Object.freeze({
  skip: false,
  sliceMs: undefined,
  declaredCost: undefined,
});

/** Finds the processor class behind a worker, and reads its decorators. */
@Injectable()
export class WorkerSettingsExplorer {
  constructor(private readonly discovery: DiscoveryService) {}

  /** Walks the app's providers: ask once per worker and keep the answer. */
  settingsOf(worker: object): WorkerSettings {
    const host = workerHosts(this.discovery).find((one) => one.worker === worker)?.host;
    if (!host) return NO_SETTINGS;
    const own = Reflect.getMetadata(YIELD_BETWEEN_JOBS, host.constructor) as
      YieldBetweenJobsOptions | undefined;
    return {
      skip: Reflect.getMetadata(SKIP_RESILIENCE, host.constructor) === true,
      sliceMs: own?.sliceMs,
      declaredCost: declaredCostOf(host),
    };
  }
}

/** On the class; on `process()` it can mean nothing else. */
function declaredCostOf(host: WorkerHost): WorkerSettings['declaredCost'] {
  const { constructor: processorClass, process } = host as Record<'constructor' | 'process', object>;
  const read = (target: object) => Reflect.getMetadata(MEMORY_COST, target) as WorkerSettings['declaredCost'];
  return read(processorClass) ?? read(process);
}
