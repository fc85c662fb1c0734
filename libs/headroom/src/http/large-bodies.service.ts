import type { IncomingMessage } from 'node:http';
import { HttpException, Injectable } from '@nestjs/common';

import { MemoryLedger } from '../admission/index.js';
import { FaultLog, guarded, SafeLogger } from '../listeners/index.js';
import { type PlatformResponse, RequestAdmission } from './request-admission.service.js';
import { onceClosed } from './response-closed.js';
import { NO_ROUTE, type RoutePolicy } from './routes/route-policy.js';
import { type PlatformRequest, RequestShedding } from './shedding/request-shedding.service.js';
import { type AskingForMemory, RequestRoom } from './waiting-room/request-room.service.js';

/** What is parsed takes some times as much; a hundred smaller ones, as many as wait by default, still take little. */
const LARGE_BODY_BYTES = 64 * 1024;
/** A body that takes longer to come takes its memory slowly; nobody shall wait for that, nor for one that never comes. */
const COMES_WITHIN_MS = 2000;
/** A body, its text, and what is made of it. */
const GROWS_TO = 4;
/** What they grow to may fill so much of the room: with half of it, sixty bodies of 6 MB filled 300 MB on a busy machine. */
const UNASKED_SHARE = 0.1;
/** What a body is taken for that does not say how large it is. */
const UNKNOWN_BYTES = 1024 ** 2;

/** What is read of a request of Node. */
export type HeadOfRequest = Pick<IncomingMessage, 'method' | 'headers' | 'complete'>;

type LargeRequest = PlatformRequest & { readonly raw?: HeadOfRequest };

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
 * While little is known of a route, its requests may come unasked as long as their bodies are small beside the room that there
 * is: one by one, as they are learned from, slow uploads would time each other out.
 *
 * One whose body comes slowly gives back what was set aside, and asks again, as all others do, when it has come; unless its
 * handler is called meanwhile, to read the body itself.
 */
@Injectable()
export class LargeBodies {
  private readonly logger = new SafeLogger('Headroom');
  private readonly faults = new FaultLog(this.logger, 'admitting a request with a large body');
  /** Of those that came unasked and are not over. */
  private unaskedBytes = 0;

  constructor(
    private readonly admission: RequestAdmission,
    private readonly shedding: RequestShedding,
    private readonly ledger: MemoryLedger,
    private readonly room: RequestRoom,
  ) {}

  /** @throws {HttpException} or rejects with it, when the request must not be served */
  admit(policy: RoutePolicy, request: LargeRequest, response: PlatformResponse): true | Promise<true> {
    if (policy === NO_ROUTE || policy.isSkipped || policy.cost?.isFree) return true;
    try {
      if (this.shedding.isExempt(request)) return true;
      const isLearning = this.ledger.isLearning(this.admission.costOf(policy));
      if (isLearning && this.mayComeUnasked(request, response)) return true;
      const asking = this.admission.askingFor(policy, request, response);
      if (!asking) return true;
      const raw = headOf(request);
      const entered = this.room.enter(asking);
      if (entered === true) return this.expectBody(asking, raw);
      return entered.then(() => this.expectBody(asking, raw));
    } catch (error) {
      if (error instanceof HttpException) throw error;
      this.faults.report(error);
      return true;
    }
  }

  private mayComeUnasked(request: LargeRequest, response: PlatformResponse): boolean {
    const bytes = Number(headOf(request).headers['content-length']) || UNKNOWN_BYTES;
    if ((this.unaskedBytes + bytes) * GROWS_TO > this.ledger.roomBytes * UNASKED_SHARE) return false;
    this.unaskedBytes += bytes;
    onceClosed('raw' in response ? response.raw : response, () => (this.unaskedBytes -= bytes));
    return true;
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

function headOf(request: LargeRequest): HeadOfRequest {
  return request.raw ?? (request as unknown as HeadOfRequest);
}
