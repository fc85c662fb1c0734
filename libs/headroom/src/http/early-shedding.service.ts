import type { IncomingMessage, ServerResponse } from 'node:http';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type AbstractHttpAdapter, HttpAdapterHost } from '@nestjs/core';

import { FaultLog, guarded, SafeLogger } from '../listeners/index.js';
import { AppLifecycle } from '../lifecycle/index.js';
import { PressureService } from '../pressure/index.js';
import { RESILIENCE_OPTIONS } from '../resilience-options.js';
import type { ResolvedResilienceOptions } from '../resilience-options.js';
import { OpenRequests } from './under-way/open-requests.service.js';
import { IS_GUARDING } from './is-guarding.js';
import { standAtEntry } from './express/express-entry.js';
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

/**
 * Refuses requests before their body is read: ahead of all middleware on Express, by an `onRequest` hook on Fastify.
 * Calm, a request costs one comparison. On other platforms the guard decides, after parsing.
 * The event loop's bookkeeping is told of the request in the same place.
 */
@Injectable()
export class EarlyShedding implements OnApplicationShutdown {
  private readonly logger = new SafeLogger('Headroom');
  private readonly faults = new FaultLog(this.logger, 'shedding a request');
  private readonly isNoting: boolean;
  private isOver = false;
  private leave: (() => void) | undefined;

  constructor(
    @Inject(IS_GUARDING) private readonly isGuarding: boolean,
    @Inject(RESILIENCE_OPTIONS) options: ResolvedResilienceOptions,
    private readonly adapterHost: HttpAdapterHost,
    private readonly pressure: PressureService,
    private readonly lifecycle: AppLifecycle,
    private readonly shedding: RequestShedding,
    private readonly finder: RouteFinder,
    private readonly openRequests: OpenRequests,
  ) {
    this.isNoting = options.eventLoop.stallMs !== false;
    if (!isGuarding && !this.isNoting) return;
    // NOTE: known by now in an app of NestFactory, and only when the app is made from a testing module.
    adapterHost.init$.subscribe(guarded(this.logger, 'installing early shedding', () => this.install()));
  }

  /** The next app around the same instance of the platform has its own. */
  onApplicationShutdown(): void {
    this.isOver = true;
    this.leave?.();
  }

  private install(): void {
    const { httpAdapter } = this.adapterHost;
    // NOTE: no adapter at all in an app without HTTP.
    switch (httpAdapter?.getType()) {
      case 'express':
        this.installOnExpress(httpAdapter);
        break;
      case 'fastify':
        httpAdapter.getInstance<FastifyLike>().addHook('onRequest', (request, reply, pass) => {
          this.note(request, request.raw, reply.raw);
          this.shed(request, reply, pass);
        });
        break;
      default:
        return;
    }
    if (this.isNoting) this.openRequests.start();
    this.shedding.judgesEarly = this.isGuarding;
  }

  private installOnExpress(httpAdapter: AbstractHttpAdapter): void {
    this.leave = standAtEntry(httpAdapter.getInstance<object>(), {
      arrived: (request, response) => this.note(request, request, response),
      isOpen: () => this.isOpen,
      ask: this.shed,
    });
    if (this.leave) return;
    // Another framework with the adapter of Express.
    httpAdapter.use((request: IncomingMessage & Arrived, response: ServerResponse, pass: () => void) => {
      this.note(request, request, response);
      this.shed(request, response, pass);
    });
  }

  private note(request: Arrived, raw: IncomingMessage, response: ServerResponse): void {
    if (this.isNoting && !this.isOver) this.openRequests.arrived(request, raw, response);
  }

  private get isOpen(): boolean {
    return !this.isGuarding || this.isOver || (this.pressure.level === 'normal' && !this.lifecycle.isEnding);
  }

  private readonly shed = (request: Arrived, response: unknown, pass: () => void): void => {
    if (this.isOpen) {
      pass();
      return;
    }
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
