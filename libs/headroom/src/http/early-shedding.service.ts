import type { IncomingMessage, ServerResponse } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

import { FaultLog, guarded, SafeLogger } from '../listeners/index.js';
import { AppLifecycle } from '../lifecycle/index.js';
import { PressureService } from '../pressure/index.js';
import { RESILIENCE_OPTIONS } from '../resilience-options.js';
import type { ResolvedResilienceOptions } from '../resilience-options.js';
import { OpenRequests } from './under-way/open-requests.service.js';
import { IS_GUARDING } from './is-guarding.js';
import { type PlatformRequest, RequestShedding } from './shedding/request-shedding.service.js';
import { type ArrivedRequest, RouteFinder } from './routes/route-finder.service.js';

type Arrived = PlatformRequest & ArrivedRequest;

interface FastifyRequest extends Arrived {
  readonly raw: IncomingMessage;
}

interface FastifyReply {
  readonly raw: ServerResponse;
}

interface FastifyLike {
  addHook(
    name: 'onRequest',
    hook: (request: FastifyRequest, reply: FastifyReply, pass: () => void) => void,
  ): void;
}

type Middleware = (request: IncomingMessage & Arrived, response: ServerResponse, pass: () => void) => void;

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
    const { openRequests } = this;
    const { httpAdapter } = this.adapterHost;
    const isNoting = this.options.eventLoop.stallMs !== false;
    const shed = this.isGuarding ? this.shed : passOn;
    // NOTE: no adapter at all in an app without HTTP.
    switch (httpAdapter?.getType()) {
      case 'express': {
        const middleware: Middleware = (request, response, pass) => {
          if (isNoting) openRequests.arrived(request, request, response);
          shed(request, response, pass);
        };
        httpAdapter.use(middleware);
        break;
      }
      case 'fastify':
        httpAdapter.getInstance<FastifyLike>().addHook('onRequest', (request, reply, pass) => {
          if (isNoting) openRequests.arrived(request, request.raw, reply.raw);
          shed(request, reply, pass);
        });
        break;
      default:
        return;
    }
    if (isNoting) openRequests.start();
    this.shedding.judgesEarly = this.isGuarding;
  }

  private readonly shed = (request: Arrived, response: unknown, pass: () => void): void => {
    if (this.lifecycle.isEnding) this.shedding.sayGoodbye(request, response);
    if (this.pressure.level === 'normal' || !this.isShed(request, response)) pass();
  };

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

function passOn(_request: Arrived, _response: unknown, pass: () => void): void {
  pass();
}
