import { type ExecutionContext, HttpException, Injectable, type Type } from '@nestjs/common';

import { MemoryLedger, type WorkCost } from '../admission/index.js';
import { FaultLog, SafeLogger } from '../listeners/index.js';
import { PressureService } from '../pressure/index.js';
import { type PlatformRequest, RequestShedding } from './shedding/request-shedding.service.js';
import { type AskingForMemory, RequestRoom } from './waiting-room/request-room.service.js';
import type { RawResponse } from './response-closed.js';
import type { Handler } from './routes/nest-routes.service.js';
import type { RoutePolicy } from './routes/route-policy.js';
import { RouteTable } from './routes/route-table.service.js';

/** A response of either platform; that of Fastify wraps the one of Node. */
export type PlatformResponse = RawResponse | { readonly raw: RawResponse };

interface CalledHandler {
  readonly handler: Handler;
  readonly controller: Type;
  /** Kept there, where whoever asks gives the same object each time: nothing is looked up for a request. */
  policy?: RoutePolicy;
}

/** Whether a request that has been routed may go on to its handler. */
@Injectable()
export class RequestAdmission {
  private readonly faults = new FaultLog(new SafeLogger('Headroom'), 'admitting a request');
  private readonly seen = new WeakSet<object>();
  /** Of those that have asked before their body was read: their handlers are about to be called. */
  private readonly atHandler = new WeakSet<object>();

  constructor(
    private readonly pressure: PressureService,
    private readonly routes: RouteTable,
    private readonly shedding: RequestShedding,
    private readonly ledger: MemoryLedger,
    private readonly room: RequestRoom,
  ) {}

  /**
   * What the guard asks.
   *
   * @throws {HttpException} or rejects with it, when the request must not be served
   */
  admit(context: ExecutionContext): true | Promise<true> {
    if (context.getType() !== 'http') return true;
    const http = context.switchToHttp();
    return this.admitTo(
      { handler: context.getHandler(), controller: context.getClass() },
      http.getRequest(),
      http.getResponse(),
    );
  }

  /** The same, of a handler that asks by itself. @throws {HttpException} or rejects with it */
  admitTo(called: CalledHandler, request: PlatformRequest, response: PlatformResponse): true | Promise<true> {
    try {
      const policy = called.policy ?? this.policyOf(called);
      return this.isFree(policy) || this.consider(policy, request, response);
    } catch (error) {
      if (error instanceof HttpException) throw error;
      // A fault of ours lets the request in.
      this.faults.report(error);
      return true;
    }
  }

  private policyOf(called: CalledHandler): RoutePolicy {
    const policy = this.routes.policyOf(called.handler, called.controller);
    if (this.routes.isComplete) called.policy = policy;
    return policy;
  }

  /** Calm, and for a route that is known to be light, this and a counter are all that a request costs. */
  private isFree({ isSkipped, cost }: RoutePolicy): boolean {
    if (isSkipped) return true;
    if (!cost?.isFree || !(this.shedding.judgesEarly || this.pressure.level === 'normal')) return false;
    cost.freeStarts++;
    return true;
  }

  private consider(
    policy: RoutePolicy,
    request: PlatformRequest,
    response: PlatformResponse,
  ): true | Promise<true> {
    const asking = this.askingFor(policy, request, response);
    return asking ? this.room.enter(asking) : true;
  }

  /**
   * What a request asks for; `undefined` when it goes in without, or has asked before.
   *
   * @throws {HttpException} when it is shed
   */
  askingFor(
    policy: RoutePolicy,
    request: PlatformRequest,
    response: PlatformResponse,
  ): AskingForMemory | undefined {
    // The guard may be global and on the controller and on the route.
    if (this.seen.has(request)) {
      this.atHandler.add(request);
      return undefined;
    }
    this.seen.add(request);
    if (this.shedding.isExempt(request)) return undefined;
    if (!this.shedding.judgesEarly && this.pressure.level !== 'normal') {
      const refusal = this.shedding.judge(request, response, () => policy);
      if (refusal) throw refusal;
    }
    const cost = this.costOf(policy);
    if (cost.isFree) {
      cost.freeStarts++;
      return undefined;
    }
    const rawResponse = 'raw' in response ? response.raw : response;
    return { priority: policy.priority, policy, cost, request, response, rawResponse };
  }

  /** What is known of a route's requests. Not for those on exempt paths: the ledger does not list them. */
  costOf(policy: RoutePolicy): WorkCost {
    return (policy.cost ??= this.ledger.costOf('request', policy.key, policy.declaredCost));
  }

  /**
   * Lets a request that has asked before its body was read ask again when it comes to its handler.
   *
   * @returns false when it has come there: a handler can read the body itself
   */
  asksAgain(request: PlatformRequest): boolean {
    return !this.atHandler.has(request) && this.seen.delete(request);
  }
}
