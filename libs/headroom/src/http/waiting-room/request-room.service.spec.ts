import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';

import type { MemoryLedger, Refusal, RequestMonitor, Reservation, WorkCost } from '../../admission/index.js';
import { resolveOptions } from '../../resolve-options.js';
import type { RequestShedding } from '../shedding/request-shedding.service.js';
import { type AskingForMemory, RequestRoom } from './request-room.service.js';
import type { RawResponse } from '../response-closed.js';

/** A ledger that has room when the spec says so, and writes down what becomes of its reservations. */
class NotingLedger {
  readonly waiting = { request: 0, job: 0, child: 0 };
  readonly notes: string[] = [];
  hasRoom = false;
  review: () => void = () => undefined;

  tryReserve({ key }: WorkCost): Reservation | Refusal {
    if (!this.hasRoom) return 'no-room';
    this.notes.push(`${key} reserved`);
    return {
      waits: () => void this.notes.push(`${key} waits`),
      begins: () => void this.notes.push(`${key} begins`),
      end: () => undefined,
    };
  }

  onRoom(_lane: string, review: () => void): () => void {
    this.review = review;
    return () => undefined;
  }

  mayPass(): boolean {
    return false;
  }
}

function asking(key: string): AskingForMemory {
  const cost: WorkCost = { lane: 'request', key, isFree: false, freeStarts: 0 };
  const response = new EventEmitter();
  const policy = { key, priority: 'normal', isSkipped: false, declaredCost: undefined } as const;
  const rawResponse = response as unknown as RawResponse;
  return { priority: 'normal', policy, cost, request: {} as never, response, rawResponse };
}

it('those that are let in together have not begun until each has its turn', async () => {
  const ledger = new NotingLedger();
  const monitor = { admitted: () => undefined, held: () => 1, lineIs: () => undefined };
  const room = new RequestRoom(
    resolveOptions({}),
    ledger as unknown as MemoryLedger,
    {} as RequestShedding,
    monitor as unknown as RequestMonitor,
  );
  const entered = ['first', 'second'].map((key) => Promise.resolve(room.enter(asking(key))));
  ledger.hasRoom = true;
  ledger.review();
  const together = ['first reserved', 'first waits', 'second reserved', 'second waits'];
  expect(ledger.notes).toEqual(together);
  await Promise.all(entered);
  expect(ledger.notes).toEqual([...together, 'first begins', 'second begins']);
  room.onModuleDestroy();
});
