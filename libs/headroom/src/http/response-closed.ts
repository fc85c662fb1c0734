import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What is needed of a raw response; that of HTTP/2 has no request and hides its socket. */
export type RawResponse = Pick<ServerResponse, 'destroyed' | 'once' | 'off' | 'socket'> & {
  readonly req?: Pick<IncomingMessage, 'socket'>;
};

const pipelined = new WeakMap<Socket, Set<() => void>>();

/**
 * Calls `listener` once when the response is over: sent, failed, or given up by the client. At once when it is over
 * already. Returns the way to stop listening.
 */
export function onceClosed(response: RawResponse, listener: () => void): () => void {
  const socket = response.req?.socket;
  if (response.destroyed || socket?.destroyed) {
    listener();
    return () => undefined;
  }
  let stopped = false;
  const settle = (): void => {
    if (stopped) return;
    stop();
    listener();
  };
  const stop = (): void => {
    stopped = true;
    response.off('close', settle);
    if (socket) pipelined.get(socket)?.delete(settle);
  };
  response.once('close', settle);
  // NOTE: a pipelined response has no socket before those ahead of it are out, and gets no 'close' if it goes. That of a
  // request that came over no connection, as adapters for functions make them, has a plain object instead.
  if (response.socket === null && socket instanceof EventEmitter) listenersOf(socket).add(settle);
  return stop;
}

/** One listener per connection: a client may pipeline any number of requests. */
function listenersOf(socket: Socket): Set<() => void> {
  const known = pipelined.get(socket);
  if (known) return known;
  const listeners = new Set<() => void>();
  pipelined.set(socket, listeners);
  socket.once('close', () => {
    for (const listener of listeners) listener();
  });
  return listeners;
}
