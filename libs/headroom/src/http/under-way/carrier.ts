import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';

import { OpenRequest } from './open-request.js';
import type { ArrivedRequest, RouteFinder } from '../routes/route-finder.service.js';

const CARRIER = Symbol('resilience:carrier');

interface Connection extends Socket {
  [CARRIER]?: Carrier;
}

/**
 * What is noted of the requests of one connection. HTTP/1 sends them one after the other, so that they need one entry
 * between them, and nothing is made for a request.
 *
 * Idle, or with one request under way. A second one beside it was pipelined: from then on, and when the connection has
 * closed, it takes no more.
 */
export class Carrier {
  private open: OpenRequest;
  private takesMore = true;

  private constructor(
    private readonly finder: RouteFinder,
    connection: Connection,
  ) {
    this.open = new OpenRequest(finder);
    connection.once('close', () => {
      this.takesMore = false;
      this.finished();
    });
  }

  /** That of the request's connection, if it is one of Node's own HTTP/1 server: it tells when a response is finished. */
  static of(raw: IncomingMessage, finder: RouteFinder): Carrier | undefined {
    // NOTE: requests that others have made may come over nothing at all.
    const connection = raw.socket as Connection | undefined;
    if (connection?.[CARRIER]) return connection[CARRIER];
    return isServed(raw) ? (raw.socket[CARRIER] = new Carrier(finder, raw.socket)) : undefined;
  }

  /** That of the connection, if it has one. */
  static existing(connection: Connection): Carrier | undefined {
    return connection[CARRIER];
  }

  /** @returns whether it has taken note of the request */
  take(request: ArrivedRequest): boolean {
    if (this.open.isUnderWay) {
      // Of an app inside the other.
      if (this.open.isOf(request)) return true;
      this.takesMore = false;
    }
    if (!this.takesMore) return false;
    this.open.begin(request);
    return true;
  }

  /** A response was sent. Responses are in the order of their requests, so it is that of the one noted here. */
  finished(): void {
    if (this.open.isUnderWay && !this.open.end()) this.open = new OpenRequest(this.finder);
  }
}

function isServed(raw: IncomingMessage): raw is IncomingMessage & { socket: Connection } {
  const { httpVersionMajor, socket } = raw;
  return httpVersionMajor === 1 && socket instanceof Socket && !socket.destroyed && 'server' in socket;
}
