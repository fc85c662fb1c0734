import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Job } from 'bullmq';
import { setMaxListeners } from 'node:events';

import { MemoryLedger } from '../admission/index.js';
import { detectSurroundings } from '../diagnosis/index.js';
import { AppLifecycle, DrainService } from '../lifecycle/index.js';
import { FaultLog, guarded, SafeLogger } from '../listeners/index.js';
import { RESILIENCE_OPTIONS } from '../resilience-options.js';
import type { ResolvedResilienceOptions } from '../resilience-options.js';
import { VitalsService, WorkObserver } from '../vitals/index.js';
import { IsolatedTaskError } from './isolated-task.error.js';
import { callJob, fieldsOf } from './parent/isolated-job.js';
import { ChildCgroups } from './parent/child-cgroup.js';
import type { ChildSpec } from './parent/child-launch.js';
import { ChildPool } from './parent/child-pool.js';
import { DirectRuns } from './parent/direct-runs.js';
import { Defaults } from './parent/isolation-defaults.js';
import { type IsolationReport, reportOf } from './parent/isolation-report.js';
import { type ReadSettings, readSettings } from './parent/read-settings.js';
import { runRequest } from './parent/run-request.js';
import { TaskChild } from './parent/task-child.js';
import { moduleUrl, nameOfModule } from './parent/task-place.js';
import type { TaskRequest } from './parent/task-request.js';
import { toPayload } from './protocol/payload.js';
import type { IsolatedRunOptions, IsolationSettings } from './run-options.js';

/** A processor whose jobs run in children. */
export interface IsolatedProcessorPlace {
  readonly module: string | URL;
  /** The exported class. */
  readonly processor: string;
  readonly settings: IsolationSettings;
}

/**
 * Runs tasks in child processes: a task that takes too much memory, never ends or crashes takes nothing else with it,
 * and its death is explained.
 *
 * @publicApi
 */
@Injectable()
export class IsolatedTaskRunner implements OnApplicationShutdown {
  private readonly logger = new SafeLogger('Headroom');
  private readonly closing = new AbortController();
  private readonly direct = new DirectRuns();
  private readonly defaults: Defaults;
  private readonly pool: ChildPool;
  private readonly counts = { started: 0, completed: 0, failed: 0, died: 0 };
  private readonly cgroupFaults = new FaultLog(this.logger, 'making a cgroup for an isolated task');
  private cgroups: ChildCgroups | undefined;
  private surroundings: ReturnType<typeof detectSurroundings> | undefined;

  constructor(
    @Inject(RESILIENCE_OPTIONS) private readonly options: ResolvedResilienceOptions,
    private readonly vitals: VitalsService,
    private readonly ledger: MemoryLedger,
    private readonly observer: WorkObserver,
    lifecycle: AppLifecycle,
    drain: DrainService,
  ) {
    // However many tasks wait, each listens.
    setMaxListeners(0, this.closing.signal);
    this.defaults = new Defaults(options, vitals);
    const { idleMs, maxTasks, maxRssBytes } = options.isolation;
    this.pool = new ChildPool(ledger, {
      maxChildren: this.defaults.maxChildren,
      idleMs,
      maxTasks,
      maxRssBytes,
      isObserving: options.mode === 'observe',
      launch: (spec) => this.launch(spec),
    });
    drain.add(this.direct);
    lifecycle.phases.subscribe(
      guarded(this.logger, 'telling children of the drain', (phase) => {
        if (phase === 'draining') for (const { child } of this.pool.children) child.spare();
      }),
    );
  }

  /** Kills what still runs; those that wait for it get an {@link IsolatedTaskError}. */
  async onApplicationShutdown(): Promise<void> {
    this.closing.abort();
    await this.pool.close();
  }

  /**
   * Runs one task in a child process. Its module exports a function, by default as `default`, that is called with the
   * data and a {@link TaskContext}. Data and result are copied by the structured clone algorithm.
   *
   * @param module where the task is: `new URL('./build-report.task.js', import.meta.url)`, or a path
   * @returns what the task returns
   * @throws {IsolatedTaskError} when its process died, or was ended because it ran too long or was cancelled
   * @throws {InvalidOptionsError} for options that cannot be used
   * @throws {TypeError} when there is no such file, or the data cannot be sent
   * @throws {WorkExceedsBudgetError} when `memory` is more than can ever be free
   * @throws what the task throws, with its name, message, stack and code
   */
  async run<Result = unknown>(
    module: string | URL,
    data?: unknown,
    options: IsolatedRunOptions = {},
  ): Promise<Result> {
    const settings = readSettings(options, 'IsolatedTaskRunner.run()');
    const spec = this.specOf(module, settings, { exportName: options.export ?? 'default' });
    const { onProgress, onLog } = options;
    const request = this.requestOf(spec, settings, data, options.signal, async (name, [value]) => {
      if (name === 'updateProgress') await onProgress?.(value);
      else if (name === 'log') await onLog?.(String(value));
      else throw new TypeError(`${name}() is for jobs`);
    });
    return this.direct.track(spec.name, request.signal, async (signal) =>
      this.execute({ ...request, signal }),
    ) as Promise<Result>;
  }

  /** Runs `process()` of a processor class for one job in a child. */
  async runJob(
    { module, processor, settings: given }: IsolatedProcessorPlace,
    job: Job,
    token: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const settings = readSettings(given, '@IsolatedProcessor()');
    const place = { exportName: 'default', processor, name: settings.name ?? job.queueName };
    const spec = this.specOf(module, settings, place);
    const request = this.requestOf(spec, settings, undefined, signal, (name, args) =>
      callJob(job, name, args),
    );
    const fields = toPayload(fieldsOf(job), 'the job', this.options.isolation.maxPayloadBytes);
    return this.execute({ ...request, job: { fields, token } });
  }

  /** What runs and waits now, and counters since start. Made when asked for. */
  report(): IsolationReport {
    return reportOf(this.pool, this.counts);
  }

  private async execute(request: TaskRequest): Promise<unknown> {
    this.counts.started++;
    this.surroundings ??= detectSurroundings();
    const { maxPayloadBytes, killAfterMs } = this.options.isolation;
    try {
      const result = await runRequest(request, {
        pool: this.pool,
        observer: this.observer,
        logger: this.logger,
        surroundings: this.surroundings,
        maxPayloadBytes,
        killAfterMs,
        closing: this.closing.signal,
      });
      this.counts.completed++;
      return result;
    } catch (error) {
      this.counts.failed++;
      if (error instanceof IsolatedTaskError) this.tell(error);
      throw error;
    }
  }

  /** What was ended because the app or the caller wanted it is no news. */
  private tell(error: IsolatedTaskError): void {
    if (error.exitCause === 'cancelled' || error.exitCause === 'shutdown') return;
    this.counts.died++;
    this.logger.error(error.details);
  }

  private specOf(
    module: string | URL,
    settings: ReadSettings,
    { name, ...place }: { exportName: string; processor?: string; name?: string },
  ): ChildSpec {
    const { context, heapBytes = this.defaults.heapBytes, env } = settings;
    const url = moduleUrl(module, 'an isolated task');
    const contextPlace = context && {
      url: moduleUrl(context.module, 'the context of an isolated task'),
      exportName: context.export,
    };
    return {
      place: { url, ...place, ...(contextPlace ? { context: contextPlace } : {}) },
      name: settings.name ?? name ?? nameOfModule(url),
      heapBytes,
      execArgv: this.options.isolation.execArgv,
      env,
    };
  }

  private requestOf(
    spec: ChildSpec,
    { memoryBytes, timeoutMs = this.options.isolation.timeoutMs, isWarm }: ReadSettings,
    data: unknown,
    signal: AbortSignal | undefined,
    call: TaskRequest['call'],
  ): TaskRequest {
    return {
      spec,
      cost: this.ledger.costOf('job', `isolated:${spec.name}`, memoryBytes),
      data: toPayload(data, 'the data of the task', this.options.isolation.maxPayloadBytes),
      timeoutMs: timeoutMs === false ? undefined : timeoutMs,
      isWarm,
      signal,
      call,
    };
  }

  private launch(spec: ChildSpec): TaskChild {
    const limitBytes = this.vitals.limits.effective.bytes;
    return new TaskChild(spec, limitBytes, this.options.isolation.cgroup ? this.cgroupFor(spec) : undefined);
  }

  /** A task runs without one rather than not at all. */
  private cgroupFor({ heapBytes }: ChildSpec) {
    try {
      this.cgroups ??= ChildCgroups.open();
      return this.cgroups.make(this.defaults.cgroupBytes(heapBytes));
    } catch (error) {
      this.cgroupFaults.report(error);
      return undefined;
    }
  }
}
