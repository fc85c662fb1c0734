import { afterEach, describe, expect, it } from 'vitest';

import { deferred, turns, Turns } from './fixtures/turns.js';
import { StaggeredPromise } from './staggered.js';
import { TurnGate } from './turn-gate.js';

const watches: Turns[] = [];
afterEach(() => watches.splice(0).forEach((each) => each.stop()));

/** Callers whose work after the promise takes a known time, on a clock that the test moves. */
function setUp(promise: Promise<string>, sliceMs = 10) {
  let clock = 1000;
  const gate = new TurnGate({ sliceMs, startsPerTurn: 1 }, () => clock);
  const shared = new StaggeredPromise(promise, gate);
  const watch = new Turns();
  watches.push(watch);
  const resumed: { name: string; turn: number }[] = [];
  const call = async (name: string, blocksMs: number) => {
    try {
      return await shared;
    } finally {
      // Deep in async functions, as a handler is.
      for (let hop = 0; hop < 20; hop++) await Promise.resolve();
      resumed.push({ name, turn: watch.count });
      clock += blocksMs;
    }
  };
  return { gate, shared, call, resumed, watch };
}

const names = Array.from({ length: 10 }, (_, index) => `caller${index}`);

describe('a staggered promise', () => {
  it('resumes those who await it one per turn, in the order in which they came, the first at once', async () => {
    const { promise, resolve } = deferred<string>();
    const { call, resumed, watch } = setUp(promise);
    const all = Promise.all(names.map((name) => call(name, 20)));
    await turns();
    const settledAt = watch.count;
    resolve('value');
    expect(await all).toEqual(names.map(() => 'value'));
    expect(resumed.map(({ name }) => name)).toEqual(names);
    expect(new Set(resumed.map(({ turn }) => turn)).size).toBe(names.length);
    expect(resumed[0]!.turn).toBe(settledAt);
  });

  it('rejects them in the same way, with the same error', async () => {
    const { promise, reject } = deferred<string>();
    const { call, resumed } = setUp(promise);
    const all = Promise.allSettled(names.map((name) => call(name, 20)));
    const error = new Error('no');
    reject(error);
    expect(await all).toEqual(names.map(() => ({ status: 'rejected', reason: error })));
    expect(new Set(resumed.map(({ turn }) => turn)).size).toBe(names.length);
  });

  it('lets those with little to do resume in one turn, until its slice is used up', async () => {
    const { promise, resolve } = deferred<string>();
    const { call, resumed } = setUp(promise);
    const all = Promise.all(names.map((name) => call(name, 4)));
    resolve('value');
    await all;
    const perTurn = new Map<number, number>();
    for (const { turn } of resumed) perTurn.set(turn, (perTurn.get(turn) ?? 0) + 1);
    // Of the turn in which it settles the gate knows nothing, so that one of them is alone.
    expect([...perTurn.values()]).toEqual([1, 3, 3, 3]);
  });

  it('makes the first one wait too where others wait at the gate', async () => {
    const { gate, call, resumed } = setUp(Promise.resolve('value'));
    const order: string[] = [];
    const other = gate.nextTurn().then(() => order.push('other'));
    const caller = call('caller', 20).then(() => order.push('caller'));
    await Promise.all([other, caller]);
    expect(order).toEqual(['other', 'caller']);
    expect(resumed).toHaveLength(1);
  });

  it('staggers those who come when it has settled as well', async () => {
    const { call, resumed } = setUp(Promise.resolve('value'));
    await call('early', 0);
    await Promise.all(names.map((name) => call(name, 20)));
    expect(new Set(resumed.slice(1).map(({ turn }) => turn)).size).toBe(names.length);
  });

  it('turns the loop for one who awaits it again and again', async () => {
    const { call, resumed } = setUp(Promise.resolve('value'));
    for (const name of names) await call(name, 20);
    expect(new Set(resumed.map(({ turn }) => turn)).size).toBe(names.length);
  });

  it('can be chained as a promise can', async () => {
    const good = setUp(Promise.resolve('value')).shared;
    const bad = setUp(Promise.reject(new TypeError('no'))).shared;
    const ended: string[] = [];
    expect(await good.then((value) => value.length)).toBe(5);
    expect(await good.finally(() => ended.push('good'))).toBe('value');
    expect(await bad.catch((error: unknown) => (error as Error).name)).toBe('TypeError');
    await expect(bad.finally(() => ended.push('bad'))).rejects.toThrow('no');
    expect(await Promise.all([good, good])).toEqual(['value', 'value']);
    expect(ended).toEqual(['good', 'bad']);
  });

  it('that rejects while nobody awaits it is no unhandled rejection', async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', note);
    const { shared } = setUp(Promise.reject(new Error('nobody awaits')));
    await turns();
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
    await expect(shared).rejects.toThrow('nobody awaits');
  });
});
