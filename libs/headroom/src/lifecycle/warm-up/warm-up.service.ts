import {
  Inject,
  Injectable,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { DiscoveryService, HttpAdapterHost, MetadataScanner } from '@nestjs/core';
import { setMaxListeners } from 'node:events';
import type { Server } from 'node:http';

import { FaultLog, findDecoratedMethods, SafeLogger } from '../../listeners/index.js';
import type { ResolvedWarmUpOptions, WarmUpTask } from '../../options/warm-up.options.js';
import { RESILIENCE_OPTIONS } from '../../resilience-options.js';
import type { ResolvedResilienceOptions } from '../../resilience-options.js';
import { AppLifecycle } from '../app-lifecycle.service.js';
import { AppReadiness } from '../app-readiness.service.js';
import { DrainService } from '../drain.service.js';
import { exitWith } from '../exit-with.js';
import { BootstrapEnd } from '../outermost.module.js';
import { ON_WARM_UP } from './on-warm-up.decorator.js';
import { requestPath } from './request-path.js';
import { runSteps, type WarmUpStep, type WarmUpTally } from './run-steps.js';
import { formatWarmUp } from './warm-up-lines.js';

/** Does what is to be done before the app is ready. Nothing waits for it, so that a shutdown need not either. */
@Injectable()
export class WarmUpService implements OnModuleInit, OnModuleDestroy, OnApplicationShutdown {
  private readonly logger = new SafeLogger('Headroom');
  private readonly options: ResolvedWarmUpOptions;
  private readonly cancel = new AbortController();
  private inside: readonly WarmUpStep[] = [];
  private requests: readonly WarmUpStep[] = [];
  private hasClosed = false;

  constructor(
    @Inject(RESILIENCE_OPTIONS) options: ResolvedResilienceOptions,
    private readonly lifecycle: AppLifecycle,
    private readonly readiness: AppReadiness,
    private readonly adapterHost: HttpAdapterHost,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly drain: DrainService,
    bootstrapEnd: BootstrapEnd,
  ) {
    this.options = options.warmUp;
    // Every step listens to the signal, and so may what it calls.
    setMaxListeners(0, this.cancel.signal);
    const faults = new FaultLog(this.logger, 'warming up');
    bootstrapEnd.add(() => void this.run().catch((error: unknown) => faults.report(error)));
  }

  onModuleInit(): void {
    const methods = findDecoratedMethods(ON_WARM_UP, this.logger, this.discovery, this.scanner);
    const { tasks } = this.options;
    this.inside = [
      ...methods.map(({ name, call }) => ({ name, run: call })),
      ...tasks.filter((task) => typeof task !== 'string').map(stepOf),
    ];
    this.requests = tasks
      .filter((task) => typeof task === 'string')
      .map((path) => ({ name: `GET ${path}`, run: async (signal) => this.request(path, signal) }));
    if (this.inside.length + this.requests.length > 0) this.lifecycle.planWarmUp();
    this.lifecycle.phases.subscribe((phase) => {
      if (phase === 'draining') this.cancel.abort();
    });
  }

  onModuleDestroy(): void {
    this.cancel.abort();
  }

  onApplicationShutdown(): void {
    this.hasClosed = true;
  }

  private async run(): Promise<void> {
    if (this.inside.length + this.requests.length === 0) return;
    const { timeoutMs, onFailure } = this.options;
    const { signal } = this.cancel;
    const first = await runSteps(this.inside, timeoutMs, signal);
    const isOver = first.failed.length > 0 && onFailure === 'exit';
    if (!isOver && this.requests.length > 0) await this.readiness.whenListening(signal);
    const second = isOver ? undefined : await runSteps(this.requests, timeoutMs - first.tookMs, signal);
    if (!signal.aborted) this.finish(second ? sum(first, second) : first);
  }

  private finish(tally: WarmUpTally): void {
    const { onFailure } = this.options;
    const line = formatWarmUp(tally, onFailure);
    const hasFailed = tally.failed.length > 0;
    if (hasFailed) this.logger.error(line);
    else this.logger.log(line);
    this.lifecycle.endWarmUp(!hasFailed || onFailure === 'ready');
    if (hasFailed && onFailure === 'exit') {
      void exitWith(1, this.drain, this.logger, () => this.hasClosed);
    }
  }

  private async request(path: string, signal: AbortSignal): Promise<void> {
    const { httpAdapter } = this.adapterHost;
    if (!httpAdapter) throw new Error('this app has no HTTP server');
    await requestPath(httpAdapter.getHttpServer() as Server, path, signal);
  }
}

function stepOf(task: Exclude<WarmUpTask, string>, index: number): WarmUpStep {
  return { name: task.name || `warmUp.tasks function ${index + 1}`, run: task };
}

function sum(first: WarmUpTally, second: WarmUpTally): WarmUpTally {
  return {
    done: [...first.done, ...second.done],
    failed: [...first.failed, ...second.failed],
    tookMs: first.tookMs + second.tookMs,
  };
}
