import { EventEmitter } from 'node:events';
import { HttpException } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { Refusal } from '../../admission/index.js';
import type { ShedReason } from '../../admission/index.js';
import type { RawResponse } from '../response-closed.js';
import type { RequestPriority } from '../../admission/index.js';
import { type Asking, type Door, WaitingRoom } from './waiting-room.js';

interface Guest extends Asking {
  readonly name: string;
  readonly response: EventEmitter;
  outcome: string;
}

/** Answers what `answers` says for a guest, `no-room` otherwise. */
class FakeDoor implements Door<Guest> {
  readonly answers = new Map<string, true | Refusal | HttpException>();
  readonly asked: string[] = [];
  readonly small = new Set<string>();
  line = 0;
  onAsk: ((guest: Guest) => void) | undefined;

  tryAdmit(guest: Guest, waitedMs: number, isOverdue: boolean): true | Refusal | HttpException {
    this.asked.push(`${guest.name}${isOverdue ? ` overdue after ${Math.round(waitedMs)}` : ''}`);
    this.onAsk?.(guest);
    return this.answers.get(guest.name) ?? 'no-room';
  }

  mayPass({ name }: Guest): boolean {
    return this.small.has(name);
  }

  refusal(_guest: Guest, reason: ShedReason, waitedMs: number): HttpException {
    return new HttpException(`${reason} after ${Math.round(waitedMs)}`, 503);
  }

  gone(_guest: Guest, waitedMs: number): HttpException {
    return new HttpException(`gone after ${Math.round(waitedMs)}`, 499);
  }

  lineIs(length: number): void {
    this.line = length;
  }
}

let door: FakeDoor;
let room: WaitingRoom<Guest>;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
  door = new FakeDoor();
  room = new WaitingRoom(door, { maxWaiting: 3, maxWaitMs: 1000 });
});
afterEach(() => vi.useRealTimers());

function wait(name: string, priority: RequestPriority = 'normal'): Guest {
  const response = new EventEmitter();
  const guest: Guest = {
    name,
    priority,
    response,
    rawResponse: response as unknown as RawResponse,
    outcome: 'waits',
  };
  room.wait(guest).then(
    () => (guest.outcome = 'in'),
    (error: HttpException) => (guest.outcome = error.message),
  );
  return guest;
}

async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

describe('who waits', () => {
  it('is let in when there is room, in order, nobody behind one that does not fit', async () => {
    const [a, b, c] = [wait('a'), wait('b'), wait('c')];
    expect(door.line).toBe(3);
    door.answers.set('a', true).set('c', true);
    room.review();
    await settle();
    expect([a, b, c].map(({ outcome }) => outcome)).toEqual(['in', 'waits', 'waits']);
    expect(door.line).toBe(2);
    door.answers.set('b', true);
    room.review();
    await settle();
    expect([b, c].map(({ outcome }) => outcome)).toEqual(['in', 'in']);
    expect(room.isEmpty).toBe(true);
  });

  it('is passed by others where only its kind is refused', async () => {
    door.answers.set('a', 'window');
    const a = wait('a');
    const b = wait('b');
    door.answers.set('b', true);
    room.review();
    await settle();
    expect([a.outcome, b.outcome]).toEqual(['waits', 'in']);
  });

  it('goes in by priority', async () => {
    const [low, mid, high] = [wait('low', 'sheddable'), wait('mid'), wait('high', 'critical')];
    door.asked.length = 0;
    door.answers.set('high', true).set('mid', true);
    room.review();
    await settle();
    expect(door.asked).toEqual(['high', 'mid', 'low']);
    expect([low, mid, high].map(({ outcome }) => outcome)).toEqual(['waits', 'in', 'in']);
  });

  it('is refused when its time is over, asked one last time, and those behind it are reviewed', async () => {
    const a = wait('a');
    await vi.advanceTimersByTimeAsync(400);
    const b = wait('b');
    door.answers.set('b', true);
    await vi.advanceTimersByTimeAsync(599);
    expect([a.outcome, b.outcome]).toEqual(['waits', 'waits']);
    door.asked.length = 0;
    await vi.advanceTimersByTimeAsync(1);
    expect(door.asked).toEqual(['a overdue after 1000', 'b']);
    expect([a.outcome, b.outcome]).toEqual(['wait-timeout after 1000', 'in']);
    expect(door.line).toBe(0);
  });

  it('may get in at the last moment', async () => {
    const a = wait('a');
    door.answers.set('a', true);
    await vi.advanceTimersByTimeAsync(1000);
    expect(a.outcome).toBe('in');
  });

  it('has each its own time', async () => {
    const a = wait('a');
    await vi.advanceTimersByTimeAsync(300);
    const b = wait('b', 'critical');
    await vi.advanceTimersByTimeAsync(700);
    expect([a.outcome, b.outcome]).toEqual(['wait-timeout after 1000', 'waits']);
    await vi.advanceTimersByTimeAsync(300);
    expect(b.outcome).toBe('wait-timeout after 1000');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is dropped when its client goes, and those behind it are reviewed', async () => {
    const [a, b] = [wait('a'), wait('b')];
    door.answers.set('b', true);
    a.response.emit('close');
    await settle();
    expect([a.outcome, b.outcome]).toEqual(['gone after 0', 'in']);
    expect(a.response.listenerCount('close') + b.response.listenerCount('close')).toBe(0);
  });

  it('is never asked for when its client has gone before', async () => {
    const response = Object.assign(new EventEmitter(), { destroyed: true });
    const promise = room.wait({
      name: 'a',
      priority: 'normal',
      response,
      rawResponse: response as unknown as RawResponse,
      outcome: '',
    });
    await expect(promise).rejects.toThrow('gone after 0');
    expect(door.asked).toEqual([]);
    expect(room.isEmpty).toBe(true);
  });

  it('finds the line full, or takes the place of one that is worth less', async () => {
    const [a, b, low] = [wait('a'), wait('b'), wait('low', 'sheddable')];
    const [late, high] = [wait('late', 'sheddable'), wait('high', 'critical')];
    await settle();
    expect(late.outcome).toBe('queue-full after 0');
    expect(low.outcome).toBe('queue-full after 0');
    expect([a, b, high].map(({ outcome }) => outcome)).toEqual(['waits', 'waits', 'waits']);
    expect(low.response.listenerCount('close')).toBe(0);
    expect(door.line).toBe(3);
  });

  it('is told when it can never be let in', async () => {
    const a = wait('a');
    door.answers.set('a', new HttpException('too large', 503));
    room.review();
    await settle();
    expect(a.outcome).toBe('too large');
    expect(room.isEmpty).toBe(true);
  });

  it('is turned away when the app closes', async () => {
    const [a, b] = [wait('a'), wait('b', 'critical')];
    await vi.advanceTimersByTimeAsync(10);
    room.close();
    await settle();
    expect([a.outcome, b.outcome]).toEqual(['shutting-down after 10', 'shutting-down after 10']);
    expect(door.line).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('lets small work pass those that lack room', async () => {
    const [a, b, c] = [wait('a'), wait('b'), wait('c')];
    door.small.add('c');
    door.answers.set('b', true).set('c', true);
    room.review();
    await settle();
    expect([a.outcome, b.outcome, c.outcome]).toEqual(['waits', 'waits', 'in']);
  });

  it('is reviewed again, not inside of a review, when the ledger calls meanwhile', async () => {
    const [a, b] = [wait('a'), wait('b')];
    door.answers.set('a', 'window');
    door.onAsk = ({ name }) => {
      if (name !== 'b') return;
      door.onAsk = undefined;
      door.answers.set('a', true).set('b', true);
      room.review();
    };
    room.review();
    await settle();
    expect([a.outcome, b.outcome]).toEqual(['in', 'in']);
  });
});
