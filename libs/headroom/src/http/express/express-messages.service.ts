import type { Server } from 'node:http';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

import { FaultLog, SafeLogger } from '../../listeners/index.js';
import { RESILIENCE_OPTIONS, type ResolvedResilienceOptions } from '../../resilience-options.js';
import { presetPrototypes } from './preset-prototypes.js';

/** The first whose V8 does without. */
const NODE_THAT_NEEDS_NONE = 24;

/** Makes a request to an Express app cost a quarter, where Node needs help for it. */
@Injectable()
export class ExpressMessages implements OnModuleInit, OnApplicationShutdown {
  private readonly faults = new FaultLog(new SafeLogger('Headroom'), 'setting the prototypes of requests');
  private restore: (() => void) | undefined;

  constructor(
    @Inject(RESILIENCE_OPTIONS) private readonly options: ResolvedResilienceOptions,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  onModuleInit(): void {
    const { mode, http } = this.options;
    const isNeeded = Number.parseInt(process.versions.node, 10) < NODE_THAT_NEEDS_NONE;
    if (!isNeeded || !http.presetPrototypes || mode === 'observe') return;
    const { httpAdapter } = this.adapterHost;
    // NOTE: no adapter at all in an app without HTTP.
    if (httpAdapter?.getType() !== 'express') return;
    try {
      this.restore = presetPrototypes(
        httpAdapter.getInstance<object>(),
        httpAdapter.getHttpServer() as Server,
      );
    } catch (error) {
      this.faults.report(error);
    }
  }

  /** An Express app may be served by another server afterwards. */
  onApplicationShutdown(): void {
    this.restore?.();
  }
}
