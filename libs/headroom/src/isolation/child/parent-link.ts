import { getHeapStatistics } from 'node:v8';

import { type MemoryFacts, takeMemorySnapshot } from '../../vitals/memory-snapshot.js';
import { type CallName, type FromChild, marked, type ToChild } from '../protocol/messages.js';
import { fromPayload, toPayload } from '../protocol/payload.js';
import { fromPlainError } from '../protocol/plain-error.js';

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The child's side of the channel. */
export class ParentLink {
  private readonly calls = new Map<number, Pending>();
  private readonly heapCeilingBytes = getHeapStatistics().heap_size_limit;
  private lastCall = 0;

  /** Memory of this process now. */
  memory(): MemoryFacts {
    return takeMemorySnapshot(this.heapCeilingBytes);
  }

  /** Resolves when it is written; never rejects, for a parent that is gone takes this process with it. */
  async send(message: FromChild): Promise<void> {
    return new Promise((resolve) => {
      if (!process.connected) return resolve();
      process.send!(marked(message), () => resolve());
    });
  }

  /** Asks the parent to do something to the job, or to whom waits for the task. */
  async call(id: number, name: CallName, args: readonly unknown[]): Promise<unknown> {
    const payload = toPayload(args, `what ${name}() was given`);
    const call = ++this.lastCall;
    return new Promise((resolve, reject) => {
      this.calls.set(call, { resolve, reject });
      void this.send({ type: 'call', id, call, name, args: payload });
    });
  }

  answered({ call, value, error }: Extract<ToChild, { type: 'answer' }>): void {
    const pending = this.calls.get(call);
    this.calls.delete(call);
    if (error) pending?.reject(fromPlainError(error));
    else pending?.resolve(value && fromPayload(value));
  }
}
