import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';

import { FaultLog, SafeLogger } from '../../listeners/index.js';
import { loopWork } from '../../vitals/index.js';
import { Carrier } from './carrier.js';
import { OpenRequest } from './open-request.js';
import { onceClosed } from '../response-closed.js';
import { type ArrivedRequest, RouteFinder } from '../routes/route-finder.service.js';

/** Node tells there of every response of an HTTP/1 server that is finished; a listener on each would cost more. */
const FINISHED = 'http.server.response.finish';

/**
 * Tells which requests are under way: from their arrival, before the body is read, until their response is over, for
 * parsing, validation and serialization can block the event loop as a handler can.
 */
@Injectable()
export class OpenRequests implements OnApplicationShutdown {
  private readonly faults = new FaultLog(new SafeLogger('Headroom'), 'noting a request');

  constructor(private readonly finder: RouteFinder) {}

  /** From now on `arrived()` is called. */
  start(): void {
    subscribe(FINISHED, this.finished);
  }

  onApplicationShutdown(): void {
    unsubscribe(FINISHED, this.finished);
  }

  /**
   * Never throws. Of what Express has given another prototype, only own properties are read: each look into the
   * prototypes costs there a thousand instructions.
   */
  arrived(request: ArrivedRequest, raw: IncomingMessage, response: ServerResponse): void {
    if (!loopWork.isWatched) return;
    try {
      if (!response.destroyed && Carrier.of(raw, this.finder)?.take(request)) return;
      const open = new OpenRequest(this.finder);
      open.begin(request);
      onceClosed(response, () => open.end());
    } catch (error) {
      this.faults.report(error);
    }
  }

  /** What it throws would be uncaught. */
  private readonly finished = (message: unknown): void => {
    try {
      Carrier.existing((message as { socket: Socket }).socket)?.finished();
    } catch (error) {
      this.faults.report(error);
    }
  };
}
