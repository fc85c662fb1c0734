import { Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

import { FaultLog, guarded, SafeLogger } from '../listeners/index.js';
import { AppLifecycle } from '../lifecycle/index.js';
import { PressureService } from '../pressure/index.js';
import { RESILIENCE_OPTIONS } from '../resilience-options.js';
import type { ResolvedResilienceOptions } from '../resilience-options.js';
import { OpenRequests } from './open-requests.service.js';
import { type PlatformRequest, RequestShedding } from './request-shedding.service.js';
import { type ArrivedRequest, RouteFinder } from './route-finder.service.js';

/** Whether all of the app is guarded: the module's extra `guard`. */
export const IS_GUARDING = Symbol('resilience:is-guarding');

type Arrived = PlatformRequest & ArrivedRequest;

type ArrivedResponse = Parameters<OpenRequests['arrived']>[1];
type Hook = (request: Arrived, response: ArrivedResponse, pass: () => void) => void;

interface FastifyLike {
  addHook(name: 'onRequest', hook: Hook): void;
}

/**
 * Refuses requests before their body is read: by middleware ahead of the parsers on Express, by an `onRequest` hook
 * on Fastify. Calm, a request costs one comparison. On other platforms the guard decides, after parsing.
 * The same hook tells the event loop's bookkeeping of the request.
 */
@Injectable()
export class EarlyShedding {
  private readonly logger = new SafeLogger('Headroom');
  private readonly faults = new FaultLog(this.logger, 'shedding a request');

  constructor(
    @Inject(IS_GUARDING) private readonly isGuarding: boolean,
    @Inject(RESILIENCE_OPTIONS) private readonly options: ResolvedResilienceOptions,
    private readonly adapterHost: HttpAdapterHost,
    private readonly pressure: PressureService,
    private readonly lifecycle: AppLifecycle,
    private readonly shedding: RequestShedding,
    private readonly finder: RouteFinder,
    private readonly openRequests: OpenRequests,
  ) {
    if (!isGuarding && options.eventLoop.stallMs === false) return;
    // NOTE: known by now in an app of NestFactory, and only when the app is made from a testing module.
    adapterHost.init$.subscribe(guarded(this.logger, 'installing early shedding', () => this.install()));
  }

  private install(): void {
    const { pressure, lifecycle, isGuarding, openRequests } = this;
    const { httpAdapter } = this.adapterHost;
    const isNoting = this.options.eventLoop.stallMs !== false;
    const hook: Hook = (request, response, pass) => {
      if (isNoting) openRequests.arrived(request, response);
      if (!isGuarding) return pass();
      if (lifecycle.isEnding) this.shedding.sayGoodbye(request, response);
      if (pressure.level === 'normal' || !this.isShed(request, response)) pass();
    };
    // NOTE: no adapter at all in an app without HTTP.
    switch (httpAdapter?.getType()) {
      case 'express':
        httpAdapter.use(hook);
        break;
      case 'fastify':
        httpAdapter.getInstance<FastifyLike>().addHook('onRequest', hook);
        break;
      default:
        return;
    }
    this.shedding.judgesEarly = isGuarding;
  }

  /** @returns whether the request has been answered */
  private isShed(request: Arrived, response: unknown): boolean {
    const { httpAdapter } = this.adapterHost;
    try {
      const refusal = this.shedding.judge(request, response, () => this.finder.policyFor(request));
      if (!refusal) return false;
      httpAdapter.reply(response, refusal.getResponse(), refusal.getStatus());
      return true;
    } catch (error) {
      this.faults.report(error);
      return Boolean(httpAdapter.isHeadersSent(response));
    }
  }
}
