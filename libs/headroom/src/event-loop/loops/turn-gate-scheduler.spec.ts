import {
  concatMap,
  interval,
  lastValueFrom,
  map,
  observeOn,
  of,
  scheduled,
  Subject,
  take,
  tap,
  toArray,
} from 'rxjs';
import { describe, expect, it } from 'vitest';

import { block, turns, watchTurns } from '../fixtures/turns.js';
import { turnGateScheduler } from './turn-gate-scheduler.js';

/** Numbers that know how far they were read, and whether they were closed. */
function numbers(size: number) {
  const state = { given: 0, isClosed: false };
  function* generate() {
    try {
      while (state.given < size) yield state.given++;
    } finally {
      state.isClosed = true;
    }
  }
  return { state, items: generate() };
}

const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

describe('the turn gate as a scheduler', () => {
  it('gives long work one turn each, in order', async () => {
    const watch = watchTurns();
    const seen: number[] = [];
    const work = (item: number) => {
      seen.push(watch.count);
      block(12);
      return item;
    };
    const rows = await lastValueFrom(
      scheduled(numbers(5).items, turnGateScheduler).pipe(map(work), toArray()),
    );
    expect(rows).toEqual([0, 1, 2, 3, 4]);
    expect(new Set(seen).size).toBe(5);
  });

  it('runs short work in few turns', async () => {
    const watch = watchTurns();
    const before = watch.count;
    await lastValueFrom(scheduled(numbers(1000).items, turnGateScheduler).pipe(toArray()));
    expect(watch.count - before).toBeLessThan(100);
  });

  it('takes the next item when the last one was worked off, and closes the iterator on unsubscribe', async () => {
    const { state, items } = numbers(1000);
    const seen: number[] = [];
    const subscription = scheduled(items, turnGateScheduler).subscribe((item) => {
      seen.push(item);
      block(12);
      expect(state.given).toBe(seen.length);
      if (item === 2) subscription.unsubscribe();
    });
    expect(seen).toEqual([]);
    await turns(60);
    expect(seen).toEqual([0, 1, 2]);
    expect(state).toEqual({ given: 3, isClosed: true });
  });

  it('delivers what a source pushes in turns, and nothing after unsubscribe', async () => {
    const watch = watchTurns();
    const source = new Subject<number>();
    const seen: { item: number; turn: number }[] = [];
    const subscription = source.pipe(observeOn(turnGateScheduler)).subscribe((item) => {
      seen.push({ item, turn: watch.count });
      block(12);
      if (item === 3) subscription.unsubscribe();
    });
    for (let item = 0; item < 10; item++) source.next(item);
    expect(seen).toEqual([]);
    await turns(60);
    expect(seen.map(({ item }) => item)).toEqual([0, 1, 2, 3]);
    expect(new Set(seen.map(({ turn }) => turn)).size).toBe(4);
  });

  it('counts the work that follows as microtasks', async () => {
    const watch = watchTurns();
    const seen: number[] = [];
    const work = async () => {
      await Promise.resolve();
      seen.push(watch.count);
      block(12);
    };
    await lastValueFrom(scheduled(numbers(4).items, turnGateScheduler).pipe(concatMap(work)));
    expect(new Set(seen).size).toBe(4);
  });

  it('waits where a delay is asked for', async () => {
    const startedAt = performance.now();
    expect(await lastValueFrom(interval(10, turnGateScheduler).pipe(take(3), toArray()))).toEqual([0, 1, 2]);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(25);
  });

  it('runs nothing that was unsubscribed, and leaves no timer', async () => {
    const before = timers();
    let ran = 0;
    turnGateScheduler.schedule(() => ran++).unsubscribe();
    const delayed = turnGateScheduler.schedule(() => ran++, 60_000);
    expect(timers()).toBe(before + 1);
    delayed.unsubscribe();
    expect(timers()).toBe(before);
    await turns();
    expect(ran).toBe(0);
  });

  it('goes on after work that throws, which ends as with other schedulers: uncaught', async () => {
    const uncaught: unknown[] = [];
    const listeners = process.listeners('uncaughtException');
    process
      .removeAllListeners('uncaughtException')
      .once('uncaughtException', (error) => uncaught.push(error));
    const error = new Error('of the work');
    const failed = turnGateScheduler.schedule(() => {
      throw error;
    });
    const seen = await lastValueFrom(of(1, 2).pipe(observeOn(turnGateScheduler), tap(), toArray()));
    await new Promise((resolve) => setTimeout(resolve, 5));
    for (const listener of listeners) process.on('uncaughtException', listener);
    expect(seen).toEqual([1, 2]);
    expect(failed.closed).toBe(true);
    expect(uncaught).toEqual([error]);
  });
});
