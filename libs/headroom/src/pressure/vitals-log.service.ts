import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { LazyModuleLoader, ModuleRef, ModulesContainer } from '@nestjs/core';
import { ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import type { Subscription } from 'rxjs';

import { guarded, SafeLogger } from '../listeners/index.js';
import { RESILIENCE_OPTIONS } from '../resilience-options.js';
import type { ResolvedResilienceOptions } from '../resilience-options.js';
import { formatMb, toMb } from '../units/index.js';
import { formatMemory, VitalsService } from '../vitals/index.js';
import { PressureService } from './pressure.service.js';

/**
 * Name of the interval that logs the vitals line, in the `SchedulerRegistry` of `@nestjs/schedule`.
 *
 * @publicApi
 */
export const VITALS_INTERVAL = 'headroom:vitals';

/** Logs one line of vitals every `vitals.logIntervalMs`. */
@Injectable()
export class VitalsLogService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new SafeLogger('Headroom');
  private readonly subscription: Subscription;
  private registry: SchedulerRegistry | undefined;
  private worstLoopDelayMs = 0;

  constructor(
    @Inject(RESILIENCE_OPTIONS) private readonly options: ResolvedResilienceOptions,
    private readonly vitals: VitalsService,
    private readonly pressure: PressureService,
    private readonly moduleRef: ModuleRef,
  ) {
    this.subscription = vitals.samples.subscribe(({ eventLoop }) => {
      this.worstLoopDelayMs = Math.max(this.worstLoopDelayMs, eventLoop.maxDelayMs);
    });
  }

  onApplicationBootstrap(): void {
    const { logIntervalMs } = this.options.vitals;
    if (logIntervalMs === false) return;
    const registry: SchedulerRegistry = this.moduleRef.get(SchedulerRegistry, { strict: false });
    if (registry.doesExist('interval', VITALS_INTERVAL)) return;
    const write = guarded(this.logger, 'writing the vitals line', () => this.write());
    registry.addInterval(VITALS_INTERVAL, setInterval(write, logIntervalMs).unref());
    this.registry = registry;
  }

  onApplicationShutdown(): void {
    this.subscription.unsubscribe();
    // The app may have stopped it, and @nestjs/schedule clears its registry on shutdown.
    if (this.registry?.doesExist('interval', VITALS_INTERVAL)) this.registry.deleteInterval(VITALS_INTERVAL);
  }

  /** `vitals rss=212MB heap=95/524MB ext=9MB working-set=230/1024MB loop-max=43ms level=normal` */
  write(): void {
    const { last } = this.vitals;
    const ofLimit =
      last.workingSetLimitBytes === undefined ? 'MB' : `/${formatMb(last.workingSetLimitBytes)}`;
    const workingSet =
      last.workingSetBytes === undefined ? '' : ` working-set=${toMb(last.workingSetBytes)}${ofLimit}`;
    const addressSpace =
      last.addressSpaceLimitBytes === undefined
        ? ''
        : ` address-space=${toMb(last.addressSpaceBytes ?? 0)}/${formatMb(last.addressSpaceLimitBytes)}`;
    this.logger.log(
      `vitals ${formatMemory(last)}${workingSet}${addressSpace} loop-max=${Math.round(this.worstLoopDelayMs)}ms level=${this.pressure.level}`,
    );
    this.worstLoopDelayMs = 0;
  }
}

/** Token of what {@link ensureSchedulerRegistry} returns. */
export const RUNS_SCHEDULE = Symbol('resilience:runs-schedule');

/**
 * Gives an app that does not import `ScheduleModule` a `SchedulerRegistry` all the same, so that the interval
 * can be found and stopped there. An app that does import it keeps its own: a second one could run every
 * `@Cron` twice.
 *
 * @returns whether the app imports `ScheduleModule`, so that its handlers run
 */
export async function ensureSchedulerRegistry(
  loader: LazyModuleLoader,
  modules: ModulesContainer,
): Promise<boolean> {
  if ([...modules.values()].some(({ metatype }) => metatype === ScheduleModule)) return true;
  await loader.load(() => ScheduleModule.forRoot({ cronJobs: false, intervals: false, timeouts: false }), {
    logger: false,
  });
  return false;
}
