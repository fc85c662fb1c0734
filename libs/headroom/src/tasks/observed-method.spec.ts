import 'reflect-metadata';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { WorkObserver, WorkRun } from '../vitals/index.js';
import { observedMethod, workObserver } from './observed-method.js';

type Method = Parameters<typeof observedMethod>[0];

/** Writes down what it is told. */
class NotingObserver implements WorkObserver {
  readonly running = [];
  readonly notes: string[] = [];
  started = ({ kind, name }: WorkRun): void => void this.notes.push(`start ${kind} ${name}`);
  ended = ({ name }: WorkRun, outcome: string, error?: unknown): void => {
    this.notes.push(`end ${name} ${outcome}${error instanceof Error ? ` ${error.name}` : ''}`);
  };
}

const observer = new NotingObserver();
beforeEach(() => {
  observer.notes.length = 0;
  workObserver.enter(observer);
});
afterEach(() => workObserver.leave(observer));

function deferred<T>() {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}

const OK = ['start method sum', 'end sum ok'];

describe('an observed method', () => {
  it('gets its `this` and arguments, and returns the same value', () => {
    const value = {};
    const observed = observedMethod(
      function (this: unknown, ...args: unknown[]) {
        return [this, args, value];
      },
      'method',
      'sum',
    );
    const self = { name: 'self' };
    const result = observed.call(self, 1, 'two') as unknown[];
    expect(result[0]).toBe(self);
    expect(result[1]).toEqual([1, 'two']);
    expect(result[2]).toBe(value);
    expect(observer.notes).toEqual(OK);
  });

  it('ends when its promise settles, not before', async () => {
    const { promise, resolve } = deferred<string>();
    const returned = observedMethod(() => promise, 'method', 'sum')();
    await new Promise(setImmediate);
    expect(observer.notes).toEqual(OK.slice(0, 1));
    resolve('done');
    expect(await returned).toBe('done');
    expect(observer.notes).toEqual(OK);
  });

  it('throws the same error', () => {
    const error = new TypeError('no');
    const observed = observedMethod(
      () => {
        throw error;
      },
      'method',
      'sum',
    );
    expect(() => observed()).toThrow(error);
    expect(observer.notes).toEqual(['start method sum', 'end sum failed TypeError']);
  });

  it('rejects with the same error', async () => {
    const error = new TypeError('no');
    await expect(observedMethod(() => Promise.reject(error), 'method', 'sum')()).rejects.toBe(error);
    expect(observer.notes).toEqual(['start method sum', 'end sum failed TypeError']);
  });

  it('is not made asynchronous: what is no promise is returned as it is', () => {
    // oxlint-disable-next-line unicorn/no-thenable -- what query builders are
    const thenable = { then: () => undefined };
    const generator = (function* () {
      yield 1;
    })();
    for (const value of [undefined, null, 0, thenable, generator]) {
      expect(observedMethod(() => value, 'method', 'sum')()).toBe(value);
    }
  });

  it('gives a promise that can do more as it is, and ends with it all the same', async () => {
    class Cancellable<T> extends Promise<T> {
      cancel(): void {}
    }
    const { promise, resolve } = deferred<string>();
    const handle = Object.assign(promise, { kill: () => true });
    expect(observedMethod(() => handle, 'method', 'sum')()).toBe(handle);
    const cancellable = new Cancellable<string>((settle) => settle('done'));
    expect(observedMethod(() => cancellable, 'method', 'sum')()).toBe(cancellable);
    resolve('done');
    await Promise.all([handle, cancellable]);
    await new Promise(setImmediate);
    expect(observer.notes.filter((note) => note === 'end sum ok')).toHaveLength(2);
  });

  it('can take its name from the instance that it is called on', () => {
    const observed = observedMethod(
      () => 5,
      'cron',
      (self) => (self as { name: string }).name,
    );
    observed.call({ name: 'Nightly.run' });
    expect(observer.notes[0]).toBe('start cron Nightly.run');
  });

  it('runs unobserved while no module observes', () => {
    workObserver.leave(observer);
    expect(observedMethod(() => 5, 'method', 'sum')()).toBe(5);
    expect(observer.notes).toEqual([]);
  });

  it('is told to the observer that was there at its start, also when another has come since', async () => {
    const { promise, resolve } = deferred<void>();
    const returned = observedMethod(() => promise, 'method', 'sum')();
    const newer = new NotingObserver();
    workObserver.enter(newer);
    resolve();
    await returned;
    workObserver.leave(newer);
    expect(observer.notes).toEqual(OK);
    expect(newer.notes).toEqual([]);
  });

  it('keeps name and length', () => {
    const observed = observedMethod(
      function sum(a: unknown, b: unknown) {
        return [a, b];
      },
      'method',
      'label',
    );
    expect(observed.name).toBe('sum');
    expect(observed).toHaveLength(2);
  });

  it('keeps the metadata of other decorators', () => {
    const value = {};
    const method: Method = () => value;
    Reflect.defineMetadata('guards', ['guard'], method);
    Reflect.defineMetadata('cron', '* * * * *', method);
    const observed = observedMethod(method, 'method', 'sum');
    expect(Reflect.getOwnMetadata('guards', observed)).toEqual(['guard']);
    expect(Reflect.getOwnMetadata('cron', observed)).toBe('* * * * *');
  });

  it('is not observed twice', () => {
    const observed = observedMethod(() => 5, 'method', 'sum');
    expect(observedMethod(observed, 'cron', 'again')).toBe(observed);
    observed();
    expect(observer.notes).toEqual(OK);
  });
});
