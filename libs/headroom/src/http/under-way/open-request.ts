// The global of that name is a getter, which no optimized code takes in: 50 ns of each request.
import { performance } from 'node:perf_hooks';

import { loopWork, NOWHERE, type WorkUnderWay } from '../../vitals/index.js';
import { type ArrivedRequest, type RouteFinder } from '../routes/route-finder.service.js';
import { NO_ROUTE } from '../routes/route-policy.js';

/** A request that is under way, as the event loop's bookkeeping knows it. One after the other can use the same. */
export class OpenRequest implements WorkUnderWay {
  readonly kind = 'request';
  place = NOWHERE;
  startedAtMs = 0;
  private request: ArrivedRequest | undefined;

  constructor(private readonly finder: RouteFinder) {}

  get isUnderWay(): boolean {
    return this.place !== NOWHERE;
  }

  /** Found when it is asked for, after a stall: Express would have to be asked which route it will be. */
  get name(): string {
    try {
      return (this.request ? this.finder.policyFor(this.request) : NO_ROUTE).key;
    } catch {
      return NO_ROUTE.key;
    }
  }

  begin(request: ArrivedRequest): void {
    this.request = request;
    this.startedAtMs = performance.now();
    loopWork.begin(this);
  }

  isOf(request: ArrivedRequest): boolean {
    return this.request === request;
  }

  /** @returns whether it can be used again: not if it was under way for so long that it is kept as evidence */
  end(): boolean {
    const isEvidence = loopWork.end(this);
    // Or it would keep its request, and with that its body, in memory: as evidence, or while its connection is idle.
    this.request = isEvidence && this.request ? bareOf(this.request) : undefined;
    return !isEvidence;
  }
}

/** What its route is found by, and nothing else. */
function bareOf({ method, url, routeOptions }: ArrivedRequest): ArrivedRequest {
  return { method, url, ...(routeOptions?.url !== undefined && { routeOptions: { url: routeOptions.url } }) };
}
