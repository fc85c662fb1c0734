import type { IncomingMessage } from 'node:http';
import { HttpException, Injectable } from '@nestjs/common';

import { FaultLog, guarded, SafeLogger } from '../listeners/index.js';
import { type PlatformResponse, RequestAdmission } from './request-admission.service.js';
import { onceClosed } from './response-closed.js';
import { NO_ROUTE, type RoutePolicy } from './routes/route-policy.js';
import type { PlatformRequest } from './shedding/request-shedding.service.js';
import { type AskingForMemory, RequestRoom } from './waiting-room/request-room.service.js';

/** What is parsed takes some times as much; a hundred smaller ones, as many as wait by default, still take little. */
const LARGE_BODY_BYTES = 64 * 1024;
/** A body that takes longer to come takes its memory slowly; nobody shall wait for that, nor for one that never comes. */
const COMES_WITHIN_MS = 2000;

/** What is read of a request of Node. */
export type HeadOfRequest = Pick<IncomingMessage, 'method' | 'headers' | 'complete'>;

/** Whether a request may bring a large body, or does not say how large it is. Of a `GET` no header is looked at. */
export function hasLargeBody(request: HeadOfRequest): boolean {
  if (request.method === 'GET' || request.method === 'HEAD') return false;
  // NOTE: a getter, which makes them of what was received.
  const { headers } = request;
  const length = headers['content-length'];
  if (length === undefined) return headers['transfer-encoding'] !== undefined;
  return Number(length) >= LARGE_BODY_BYTES;
}

/**
 * Lets requests with large bodies ask for their memory before the body is read: who waits with its body in hand takes more
 * than who has not come, and sixty of them at once are what kills. What the body takes is the request's own then.
 *
 * One whose body comes slowly gives back what was set aside, and asks again, as all others do, when it has come; unless its
 * handler is called meanwhile, to read the body itself.
 */
@Injectable()
export class LargeBodies {
  private readonly logger = new SafeLogger('Headroom');
  private readonly faults = new FaultLog(this.logger, 'admitting a request with a large body');

  constructor(
    private readonly admission: RequestAdmission,
    private readonly room: RequestRoom,
  ) {}

  /** @throws {HttpException} or rejects with it, when the request must not be served */
  admit(
    policy: RoutePolicy,
    request: PlatformRequest & { readonly raw?: HeadOfRequest },
    response: PlatformResponse,
  ): true | Promise<true> {
    if (policy === NO_ROUTE || policy.isSkipped || policy.cost?.isFree) return true;
    try {
      const asking = this.admission.askingFor(policy, request, response);
      if (!asking) return true;
      const raw = request.raw ?? (request as unknown as HeadOfRequest);
      const entered = this.room.enter(asking);
      if (entered === true) return this.expectBody(asking, raw);
      return entered.then(() => this.expectBody(asking, raw));
    } catch (error) {
      if (error instanceof HttpException) throw error;
      this.faults.report(error);
      return true;
    }
  }

  private expectBody(asking: AskingForMemory, raw: HeadOfRequest): true {
    const giveBack = guarded(this.logger, 'waiting for a body', () => {
      if (!raw.complete && this.admission.asksAgain(asking.request)) this.room.release(asking);
    });
    const timer = setTimeout(giveBack, COMES_WITHIN_MS).unref();
    onceClosed(asking.rawResponse, () => clearTimeout(timer));
    return true;
  }
}
