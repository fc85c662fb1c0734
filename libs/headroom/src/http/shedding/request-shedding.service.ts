import { Inject, Injectable, type OnApplicationShutdown, VersioningType } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost } from '@nestjs/core';
import type { Subscription } from 'rxjs';

import { FaultLog, guarded, SafeLogger } from '../../listeners/index.js';
import { type PressureChange, PressureService } from '../../pressure/index.js';
import { RESILIENCE_OPTIONS } from '../../resilience-options.js';
import type { ResolvedResilienceOptions } from '../../resilience-options.js';
import { canClose, type RawRequest } from './connection-close.js';
import { exemptPathTest } from './exempt-paths.js';
import { MemoryBudgetExceededException } from './memory-budget-exceeded.exception.js';

import { RequestMonitor } from '../../admission/index.js';
import { retryAfter } from './retry-after.js';
import type { RoutePolicy } from '../routes/route-policy.js';
import { severity, shedShare } from './shed-decision.js';
import { ShedLog } from './shed-log.js';

/** A request of either platform; that of Fastify wraps the one of Node. */
export type PlatformRequest = RawRequest & { readonly raw?: RawRequest };

/** Decides by pressure and priority which requests are refused, and makes the 503. */
@Injectable()
export class RequestShedding implements OnApplicationShutdown {
  /** Every request is judged as it arrives, so that nothing later has to. */
  judgesEarly = false;

  private readonly logger = new SafeLogger('Headroom');
  private readonly faults = new FaultLog(this.logger, 'setting a header');
  private readonly isObserving: boolean;
  private readonly log: ShedLog;
  private readonly subscription: Subscription;
  private isExemptUrl: ((url: string | undefined) => boolean) | undefined;

  constructor(
    @Inject(RESILIENCE_OPTIONS) private readonly options: ResolvedResilienceOptions,
    private readonly pressure: PressureService,
    private readonly monitor: RequestMonitor,
    private readonly adapterHost: HttpAdapterHost,
    private readonly config: ApplicationConfig,
  ) {
    this.isObserving = options.mode === 'observe';
    this.log = new ShedLog(this.logger, this.isObserving);
    this.subscription = pressure.changes.subscribe(
      guarded(this.logger, 'telling how many requests were refused', ({ to }: PressureChange) => {
        if (to === 'normal') this.log.calm();
      }),
    );
  }

  onApplicationShutdown(): void {
    this.subscription.unsubscribe();
  }

  /**
   * Judges one request while pressure is not normal; sets the headers of its answer. At critical, what is let in
   * is told to come back over a new connection too: a balancer may send it to a process that has memory.
   *
   * @param findPolicy called only when it matters
   * @returns the answer, when it is refused
   */
  judge(
    request: PlatformRequest,
    response: unknown,
    findPolicy: () => RoutePolicy,
  ): MemoryBudgetExceededException | undefined {
    const policy = this.policyIfShed(request, findPolicy);
    if (policy) {
      this.monitor.shed(policy, 'pressure');
      this.log.shed(this.pressure.verdict, this.urlOf(request), this.monitor.refused);
    }
    if (this.isObserving) return undefined;
    if (policy) return this.refusal(request, response);
    if (this.pressure.level === 'critical') this.closeConnection(request, response, false);
    return undefined;
  }

  /**
   * The 503, its headers set. Clients are asked to stay away for longer the closer the process is to the edge.
   *
   * @param isLast whether the connection is to be closed at any level
   */
  refusal(request: PlatformRequest, response: unknown, isLast = false): MemoryBudgetExceededException {
    const { score } = this.pressure.verdict;
    const { http, pressure } = this.options;
    const seconds = retryAfter(http.retryAfterSeconds, severity(score, pressure), Math.random());
    this.setHeader(response, 'Retry-After', String(seconds));
    if (isLast || this.pressure.level === 'critical') this.closeConnection(request, response, true);
    return new MemoryBudgetExceededException(seconds);
  }

  /** The app closes: who asks again does so over a new connection, which a balancer sends to another process. */
  sayGoodbye(request: PlatformRequest, response: unknown): void {
    this.closeConnection(request, response, false);
  }

  isExempt(request: PlatformRequest): boolean {
    // NOTE: made late, because setGlobalPrefix() is called after the module was built.
    this.isExemptUrl ??= exemptPathTest(
      this.options.http.exemptPaths,
      this.config.getGlobalPrefix(),
      this.versionPrefix,
    );
    return this.isExemptUrl(this.urlOf(request));
  }

  /** Of versions that stand in the path. */
  private get versionPrefix(): string | undefined {
    const versioning = this.config.getVersioning();
    if (versioning?.type !== VersioningType.URI) return undefined;
    return versioning.prefix === false ? '' : (versioning.prefix ?? 'v');
  }

  private policyIfShed(request: PlatformRequest, findPolicy: () => RoutePolicy): RoutePolicy | undefined {
    const { verdict } = this.pressure;
    const share = (policy: Pick<RoutePolicy, 'priority'>) =>
      shedShare(policy.priority, verdict, this.options.pressure);
    // One draw for all priorities: whoever is not drawn among the least protected goes in without being looked up.
    const draw = Math.random();
    if (draw >= share({ priority: 'sheddable' })) return undefined;
    // A preflight costs nothing, and a browser takes its 503 for a fault of the app.
    if (this.adapterHost.httpAdapter.getRequestMethod(request) === 'OPTIONS' || this.isExempt(request)) {
      return undefined;
    }
    const policy = findPolicy();
    return !policy.isSkipped && draw < share(policy) ? policy : undefined;
  }

  private closeConnection(request: PlatformRequest, response: unknown, isRefused: boolean): void {
    if (!canClose(request.raw ?? request, isRefused)) return;
    this.setHeader(response, 'Connection', 'close');
  }

  private setHeader(response: unknown, name: string, value: string): void {
    try {
      this.adapterHost.httpAdapter.setHeader(response, name, value);
    } catch (error) {
      // Somebody else has answered meanwhile: a timeout, for example.
      this.faults.report(error);
    }
  }

  private urlOf(request: PlatformRequest): string | undefined {
    return this.adapterHost.httpAdapter.getRequestUrl(request) as string | undefined;
  }
}
