import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { drain } from './drain-sequence.js';
import type { Drainable, DrainTally } from './drainable.js';

const TIMES = { timeoutMs: 1000, graceMs: 200 };

/** Work that ends when the spec says so. */
class SetWork implements Drainable {
  readonly calls: string[] = [];
  readonly running = [];
  readonly isInUse = true;
  end!: () => void;
  private readonly ended = new Promise<void>((resolve) => {
    this.end = resolve;
  });

  stopTaking = () => void this.calls.push('stop');
  whenIdle = async () => this.ended;
  cancel = () => void this.calls.push('cancel');
  handBack = async () => void this.calls.push('hand back');
  close = async () => void this.calls.push('close');
  tally = (): DrainTally => ({ finished: 0, cancelled: [], handedBack: [], leftToLock: [] });
}

/** Somebody who asks to hurry. */
class SetHurry {
  private readonly resolves: (() => void)[] = [];
  private readonly promises = [1, 2].map(
    async () => new Promise<void>((resolve) => this.resolves.push(resolve)),
  );
  after = async (count: number) => this.promises[count - 1]!;
  ask(count: number): void {
    this.resolves[count - 1]!();
  }
}

let work: SetWork;
let hurry: SetHurry;
let isDrained: boolean;
beforeEach(() => {
  vi.useFakeTimers();
  work = new SetWork();
  hurry = new SetHurry();
  isDrained = false;
});
afterEach(() => vi.useRealTimers());

function begin(all: readonly Drainable[] = [work]): void {
  void drain(all, TIMES, hurry).then(() => {
    isDrained = true;
    return undefined;
  });
}

const pass = async (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('work that runs', () => {
  it('ends by itself, and is closed', async () => {
    begin();
    await pass(999);
    expect(work.calls).toEqual(['stop']);
    work.end();
    await pass(0);
    expect([work.calls, isDrained]).toEqual([['stop', 'close'], true]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is cancelled when its time is up, and ends', async () => {
    begin();
    await pass(1000);
    expect(work.calls).toEqual(['stop', 'cancel']);
    work.end();
    await pass(0);
    expect([work.calls, isDrained]).toEqual([['stop', 'cancel', 'close'], true]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is handed back when its grace is over', async () => {
    begin();
    await pass(1200);
    expect([work.calls, isDrained]).toEqual([['stop', 'cancel', 'hand back', 'close'], true]);
  });

  it('is cancelled at the first hurry, and handed back at the second', async () => {
    begin();
    hurry.ask(1);
    await pass(0);
    expect(work.calls).toEqual(['stop', 'cancel']);
    hurry.ask(2);
    await pass(0);
    expect([work.calls, isDrained]).toEqual([['stop', 'cancel', 'hand back', 'close'], true]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is waited for wherever it runs', async () => {
    const other = new SetWork();
    begin([work, other]);
    work.end();
    await pass(500);
    expect([isDrained, work.calls]).toEqual([false, ['stop']]);
    other.end();
    await pass(0);
    expect(isDrained).toBe(true);
  });
});

it('without any work there is nothing to wait for', async () => {
  begin([]);
  await pass(0);
  expect(isDrained).toBe(true);
});
