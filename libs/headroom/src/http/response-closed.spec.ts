import { EventEmitter } from 'node:events';
import { describe, expect, it, vi } from 'vitest';

import { onceClosed, type RawResponse } from './response-closed.js';

class FakeSocket extends EventEmitter {
  destroyed = false;
}

class FakeResponse extends EventEmitter {
  destroyed = false;
  readonly req: { readonly socket: FakeSocket };
  readonly socket: FakeSocket | null;

  /** @param isPipelined whether those ahead of it are still to be sent: then it has no socket yet */
  constructor(socket: FakeSocket, isPipelined = false) {
    super();
    this.req = { socket };
    this.socket = isPipelined ? null : socket;
  }

  get raw(): RawResponse {
    return this as unknown as RawResponse;
  }
}

describe('onceClosed', () => {
  it('calls once, when the response closes', () => {
    const response = new FakeResponse(new FakeSocket());
    const listener = vi.fn<() => void>();
    onceClosed(response.raw, listener);
    expect(listener).not.toHaveBeenCalled();
    response.emit('close');
    response.emit('close');
    expect(listener).toHaveBeenCalledOnce();
  });

  it('calls at once when it is over already', () => {
    const response = new FakeResponse(new FakeSocket());
    response.destroyed = true;
    const listener = vi.fn<() => void>();
    onceClosed(response.raw, listener);
    expect(listener).toHaveBeenCalledOnce();
    expect(response.listenerCount('close')).toBe(0);
  });

  it('calls for a request that came over no connection', () => {
    const response = new FakeResponse({ destroyed: false } as FakeSocket, true);
    const listener = vi.fn<() => void>();
    onceClosed(response.raw, listener);
    expect(listener).not.toHaveBeenCalled();
    response.emit('close');
    expect(listener).toHaveBeenCalledOnce();
  });

  it('calls no more, and leaves no listener, when stopped', () => {
    const socket = new FakeSocket();
    for (const response of [new FakeResponse(socket), new FakeResponse(socket, true)]) {
      const listener = vi.fn<() => void>();
      onceClosed(response.raw, listener)();
      expect(response.listenerCount('close')).toBe(0);
      response.emit('close');
      socket.emit('close');
      expect(listener).not.toHaveBeenCalled();
    }
  });

  it('calls when the connection of a pipelined response goes, which itself closes never', () => {
    const socket = new FakeSocket();
    const listeners = Array.from({ length: 20 }, () => {
      const listener = vi.fn<() => void>();
      onceClosed(new FakeResponse(socket, true).raw, listener);
      return listener;
    });
    expect(socket.listenerCount('close')).toBe(1);
    socket.emit('close');
    for (const listener of listeners) expect(listener).toHaveBeenCalledOnce();
  });
});
