import type { ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';

import { FaultLog, SafeLogger } from '../listeners/index.js';
import { loopWork, NOWHERE, type WorkUnderWay } from '../vitals/index.js';
import { onceClosed, type RawResponse } from './response-closed.js';
import { type ArrivedRequest, RouteFinder } from './route-finder.service.js';
import { NO_ROUTE } from './route-policy.js';

type NotedResponse = RawResponse & Pick<ServerResponse, 'on'>;
type PlatformResponse = NotedResponse & { readonly raw?: NotedResponse };

/**
 * Tells which requests are under way: from their arrival, before the body is read, until their response is over, for
 * parsing, validation and serialization can block the event loop as a handler can.
 */
@Injectable()
export class OpenRequests {
  private readonly faults = new FaultLog(new SafeLogger('Headroom'), 'noting a request');

  constructor(private readonly finder: RouteFinder) {}

  /** Never throws. */
  arrived(request: ArrivedRequest, response: PlatformResponse): void {
    if (!loopWork.isWatched) return;
    try {
      const open = new OpenRequest(request, this.finder, performance.now());
      loopWork.begin(open);
      endWith(response.raw ?? response, open);
    } catch (error) {
      this.faults.report(error);
    }
  }
}

/** What `onceClosed()` does besides is for few, and would cost every request two microseconds. */
function endWith(response: NotedResponse, open: WorkUnderWay): void {
  const end = () => loopWork.end(open);
  if (response.destroyed || response.socket === null) onceClosed(response, end);
  else response.on('close', end);
}

class OpenRequest implements WorkUnderWay {
  readonly kind = 'request';
  place = NOWHERE;

  constructor(
    private readonly request: ArrivedRequest,
    private readonly finder: RouteFinder,
    readonly startedAtMs: number,
  ) {}

  /** Found when it is asked for, after a stall: Express would have to be asked which route it will be. */
  get name(): string {
    try {
      return this.finder.policyFor(this.request).key;
    } catch {
      return NO_ROUTE.key;
    }
  }
}
