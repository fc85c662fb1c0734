import { Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';

import { SKIP_RESILIENCE, YIELD_BETWEEN_JOBS, type YieldBetweenJobsOptions } from './queue.decorators.js';

/** What the decorators on a processor class ask for. */
export interface WorkerSettings {
  readonly skip: boolean;
  readonly sliceMs: number | undefined;
}

const NO_SETTINGS: WorkerSettings = Object.freeze({ skip: false, sliceMs: undefined });

/** Finds the processor class behind a worker, and reads its decorators. */
@Injectable()
export class WorkerSettingsExplorer {
  constructor(private readonly discovery: DiscoveryService) {}

  /** Walks the app's providers: ask once per worker and keep the answer. */
  settingsOf(worker: object): WorkerSettings {
    for (const { instance } of this.discovery.getProviders() as { instance: unknown }[]) {
      if (typeof instance !== 'object' || instance === null) continue;
      const { constructor } = instance;
      const skip = Reflect.getMetadata(SKIP_RESILIENCE, constructor) === true;
      const own = Reflect.getMetadata(YIELD_BETWEEN_JOBS, constructor) as YieldBetweenJobsOptions | undefined;
      if ((skip || own) && workerOf(instance) === worker) return { skip, sliceMs: own?.sliceMs };
    }
    return NO_SETTINGS;
  }
}

/** The worker of a `WorkerHost`; its getter throws until the worker exists. */
export function workerOf(instance: object): object | undefined {
  try {
    return (instance as { worker?: object }).worker;
  } catch {
    return undefined;
  }
}
