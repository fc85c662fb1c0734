import type { IncomingMessage, ServerResponse } from 'node:http';
import { HttpException, Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type AbstractHttpAdapter, HttpAdapterHost } from '@nestjs/core';

import { FaultLog, guarded, SafeLogger } from '../listeners/index.js';
import { AppLifecycle } from '../lifecycle/index.js';
import { PressureService } from '../pressure/index.js';
import { RESILIENCE_OPTIONS } from '../resilience-options.js';
import type { ResolvedResilienceOptions } from '../resilience-options.js';
import { OpenRequests } from './under-way/open-requests.service.js';
import { type HeadOfRequest, hasLargeBody, LargeBodies } from './large-bodies.service.js';
import type { PlatformResponse } from './request-admission.service.js';
import { IS_GUARDING } from './is-guarding.js';
import { standAtEntry } from './express/express-entry.js';
import { type PlatformRequest, RequestShedding } from './shedding/request-shedding.service.js';
import { type ArrivedRequest, RouteFinder } from './routes/route-finder.service.js';

type Arrived = HeadOfRequest & PlatformRequest & ArrivedRequest & { readonly raw?: HeadOfRequest };

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
 * Refuses requests before their body is read: ahead of all middleware on Express, by an `onRequest` hook on Fastify. One
 * with a large body asks for its memory there, too. Calm, a request costs two comparisons. On other platforms the guard decides, after parsing.
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
    private readonly largeBodies: LargeBodies,
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
      isOpen: (request) => this.isOpen && !this.mustAskFirst(request),
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

  /** What it brings is memory that it takes before its handler asks for any. */
  private mustAskFirst(raw: HeadOfRequest): boolean {
    return this.isGuarding && !this.isOver && hasLargeBody(raw);
  }

  private readonly shed = (request: Arrived, response: PlatformResponse, pass: () => void): void => {
    if (!this.isOpen) {
      if (this.lifecycle.isEnding) this.shedding.sayGoodbye(request, response);
      if (this.pressure.level !== 'normal' && this.isShed(request, response)) return;
    }
    if (this.mustAskFirst(request.raw ?? request)) this.askFirst(request, response, pass);
    else pass();
  };

  private askFirst(request: Arrived, response: PlatformResponse, pass: () => void): void {
    const refuse = (error: unknown): void => {
      if (!this.isAnswered(response, error)) pass();
    };
    let answer: true | Promise<true>;
    try {
      answer = this.largeBodies.admit(this.finder.policyFor(request), request, response);
    } catch (error) {
      refuse(error);
      return;
    }
    if (answer === true) pass();
    else void answer.then(() => pass(), refuse);
  }

  /** @returns whether the request has been answered */
  private isShed(request: Arrived, response: PlatformResponse): boolean {
    try {
      const refusal = this.shedding.judge(request, response, () => this.finder.policyFor(request));
      return refusal !== undefined && this.isAnswered(response, refusal);
    } catch (error) {
      return this.isAnswered(response, error);
    }
  }

  /** A fault of ours lets the request in. */
  private isAnswered(response: PlatformResponse, error: unknown): boolean {
    const { httpAdapter } = this.adapterHost;
    try {
      if (!(error instanceof HttpException)) throw error;
      httpAdapter.reply(response, error.getResponse(), error.getStatus());
      return true;
    } catch (fault) {
      this.faults.report(fault);
      return Boolean(httpAdapter.isHeadersSent(response));
    }
  }
}
