import { type ExecutionContext, HttpException, Injectable } from '@nestjs/common';

import { MemoryLedger } from '../admission/index.js';
import { FaultLog, SafeLogger } from '../listeners/index.js';
import { PressureService } from '../pressure/index.js';
import { type PlatformRequest, RequestShedding } from './shedding/request-shedding.service.js';
import { RequestRoom } from './waiting-room/request-room.service.js';
import type { RawResponse } from './response-closed.js';
import type { RoutePolicy } from './routes/route-policy.js';
import { RouteTable } from './routes/route-table.service.js';

type PlatformResponse = RawResponse & { readonly raw?: RawResponse };

/** Whether a request that has been routed may go on to its handler. */
@Injectable()
export class RequestAdmission {
  private readonly faults = new FaultLog(new SafeLogger('Headroom'), 'admitting a request');
  private readonly seen = new WeakSet<object>();

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
    try {
      const policy = this.routes.policyOf(context.getHandler(), context.getClass());
      if (this.isFree(policy)) return true;
      const http = context.switchToHttp();
      return this.consider(policy, http.getRequest(), http.getResponse());
    } catch (error) {
      return this.failed(error);
    }
  }

  /** The same, for a route that is known already. @throws {HttpException} or rejects with it */
  admitTo(policy: RoutePolicy, request: PlatformRequest, response: PlatformResponse): true | Promise<true> {
    try {
      return this.isFree(policy) || this.consider(policy, request, response);
    } catch (error) {
      return this.failed(error);
    }
  }

  /** Calm, and for a route that is known to be light, this and a counter are all that a request costs. */
  private isFree({ isSkipped, cost }: RoutePolicy): boolean {
    if (isSkipped) return true;
    if (!cost?.isFree || !(this.shedding.judgesEarly || this.pressure.level === 'normal')) return false;
    cost.freeStarts++;
    return true;
  }

  /** A fault of ours lets the request in. */
  private failed(error: unknown): true {
    if (error instanceof HttpException) throw error;
    this.faults.report(error);
    return true;
  }

  private consider(
    policy: RoutePolicy,
    request: PlatformRequest,
    response: PlatformResponse,
  ): true | Promise<true> {
    // The guard may be global and on the controller and on the route.
    if (this.seen.has(request)) return true;
    this.seen.add(request);
    if (this.shedding.isExempt(request)) return true;
    if (!this.shedding.judgesEarly && this.pressure.level !== 'normal') {
      const refusal = this.shedding.judge(request, response, () => policy);
      if (refusal) throw refusal;
    }
    const cost = (policy.cost ??= this.ledger.costOf('request', policy.key, policy.declaredCost));
    if (cost.isFree) {
      cost.freeStarts++;
      return true;
    }
    const rawResponse = response.raw ?? response;
    return this.room.enter({ priority: policy.priority, policy, cost, request, response, rawResponse });
  }
}
