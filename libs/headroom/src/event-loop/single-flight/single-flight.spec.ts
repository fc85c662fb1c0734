import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { InvalidOptionsError, SingleFlightTimeoutError } from '../../errors/index.js';
import { deferred, turns, Turns } from '../fixtures/turns.js';
import { TurnGate } from '../turn-gate.js';
import { SingleFlight } from './single-flight.js';
import type { SingleFlightOptions } from './single-flight.options.js';

const unhandled: unknown[] = [];
const note = (error: unknown) => unhandled.push(error);
beforeEach(() => process.on('unhandledRejection', note));
afterEach(async () => {
  await turns();
  process.off('unhandledRejection', note);
  vi.restoreAllMocks();
  if (unhandled.length > 0)
    throw new Error(`unhandled rejections: ${unhandled.splice(0).map(String).join()}`);
});

/** Computations that the test ends, on a clock that it moves. */
function setUp(options: SingleFlightOptions<string, string> = {}) {
  const clock = { now: 1000 };
  const gate = new TurnGate({ sliceMs: 10, startsPerTurn: 1 }, () => clock.now);
  const flights = new SingleFlight<string, string>(options, gate, () => clock.now);
  const loads: (ReturnType<typeof deferred<string>> & { readonly signal: AbortSignal })[] = [];
  const loader = (signal: AbortSignal) => {
    const load = { ...deferred<string>(), signal };
    loads.push(load);
    return load.promise;
  };
  const run = (signal?: AbortSignal) => flights.run('key', loader, { signal });
  const load = async (value: string) => {
    const running = run();
    loads.at(-1)!.resolve(value);
    return running;
  };
  return { clock, flights, loads, run, load };
}

const SOON_MS = 20;

describe('SingleFlight', () => {
  describe('in flight', () => {
    it('computes once for all that come meanwhile, and again for those that come later', async () => {
      const { flights, loads, run } = setUp();
      const answers = Promise.all([run(), run(), run()]);
      expect(loads).toHaveLength(1);
      loads[0]!.resolve('first');
      expect(await answers).toEqual(['first', 'first', 'first']);
      const later = run();
      loads[1]!.resolve('second');
      expect(await later).toBe('second');
      expect(flights.counters).toMatchObject({ loads: 2, joined: 2, hits: 0 });
      expect(flights.size).toBe(0);
    });

    it('keeps keys apart', async () => {
      const { flights } = setUp();
      const load = (key: string) => flights.run(key, () => key);
      expect(await Promise.all([load('a'), load('b'), load('a')])).toEqual(['a', 'b', 'a']);
      expect(flights.counters.loads).toBe(2);
    });

    it('resumes its callers one per turn, in their order, the first at once', async () => {
      const { clock, loads, run } = setUp();
      const watch = new Turns();
      const resumed: { caller: number; turn: number }[] = [];
      const call = async (caller: number) => {
        await run();
        resumed.push({ caller, turn: watch.count });
        clock.now += 100;
      };
      const all = Promise.all(Array.from({ length: 10 }, (_, caller) => call(caller)));
      await turns();
      const settledAt = watch.count;
      loads[0]!.resolve('value');
      await all;
      watch.stop();
      expect(resumed.map(({ caller }) => caller)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect(new Set(resumed.map(({ turn }) => turn)).size).toBe(10);
      expect(resumed[0]!.turn).toBe(settledAt);
    });

    it('rejects all with the same error, and keeps no error', async () => {
      const onError = vi.fn<() => void>();
      const { flights, loads, run, load } = setUp({ ttlMs: 1000, onError });
      const answers = Promise.allSettled([run(), run()]);
      const error = new Error('no');
      loads[0]!.reject(error);
      expect(await answers).toEqual([
        { status: 'rejected', reason: error },
        { status: 'rejected', reason: error },
      ]);
      expect(await load('works again')).toBe('works again');
      expect(flights.counters).toMatchObject({ loads: 2, failures: 1 });
      expect(onError).not.toHaveBeenCalled();
    });

    it('rejects when the loader throws before it returns', async () => {
      const { flights } = setUp();
      const fail = vi.fn<() => string>().mockImplementation(() => {
        throw new Error('at once');
      });
      await expect(flights.run('key', fail)).rejects.toThrow('at once');
    });
  });

  describe('with a ttlMs', () => {
    it('serves the value again until it is that old', async () => {
      const { clock, flights, loads, run, load } = setUp({ ttlMs: 100 });
      await load('first');
      clock.now += 99;
      expect(await run()).toBe('first');
      clock.now += 1;
      expect(await load('second')).toBe('second');
      expect(loads).toHaveLength(2);
      expect(flights.counters).toMatchObject({ hits: 1, loads: 2 });
    });

    it('does not heed the clock on the wall', async () => {
      const flights = new SingleFlight<string, number>({ ttlMs: 60_000 });
      let loaded = 0;
      const load = () => flights.run('key', () => ++loaded);
      await load();
      const now = Date.now();
      for (const jumpMs of [-86_400_000, 86_400_000]) {
        vi.spyOn(Date, 'now').mockReturnValue(now + jumpMs);
        expect(await load()).toBe(1);
      }
    });

    it('keeps the values that were asked for last, and no more than maxEntries', async () => {
      const { flights } = setUp({ ttlMs: 1000, maxEntries: 2 });
      const load = (key: string) => flights.run(key, () => key);
      await load('a');
      await load('b');
      await load('a');
      await load('c');
      expect(flights.size).toBe(2);
      await load('a');
      expect(flights.counters).toMatchObject({ loads: 3, hits: 2 });
      await load('b');
      expect(flights.counters.loads).toBe(4);
    });
  });

  describe('invalidated', () => {
    it('computes anew', async () => {
      const { flights, run, load } = setUp({ ttlMs: 1000 });
      await load('old');
      flights.invalidate('other');
      expect(await run()).toBe('old');
      flights.invalidate('key');
      expect(await load('new')).toBe('new');
    });

    it.each(['invalidate', 'clear'] as const)(
      'by %s() while in flight: serves those who wait, and nobody else, whichever ends first',
      async (how) => {
        for (const order of [
          [0, 1],
          [1, 0],
        ]) {
          const { flights, loads, run } = setUp({ ttlMs: 1000 });
          const before = run();
          if (how === 'clear') flights.clear();
          else flights.invalidate('key');
          const after = run();
          expect(loads).toHaveLength(2);
          for (const index of order) {
            loads[index]!.resolve(['old', 'new'][index]!);
            await turns();
          }
          expect(await Promise.all([before, after])).toEqual(['old', 'new']);
          expect(await run()).toBe('new');
        }
      },
    );
  });

  describe('with staleWhileRevalidateMs', () => {
    const options = { ttlMs: 100, staleWhileRevalidateMs: 10_000 };

    it('serves the old value at once while one refresh runs behind', async () => {
      const { clock, flights, loads, run, load } = setUp(options);
      await load('old');
      clock.now += 100;
      expect(await Promise.all([run(), run()])).toEqual(['old', 'old']);
      await turns();
      expect(loads).toHaveLength(2);
      loads[1]!.resolve('new');
      await turns();
      expect(await run()).toBe('new');
      expect(flights.counters).toMatchObject({ stale: 2, loads: 2, hits: 1 });
    });

    it('starts the refresh in a turn of its own, after those that it serves', async () => {
      const { clock, flights, load } = setUp(options);
      await load('old');
      clock.now += 100;
      const order: string[] = [];
      const stale = flights.run('key', () => {
        order.push('refresh');
        return 'new';
      });
      await stale;
      order.push('served');
      await turns();
      expect(order).toEqual(['served', 'refresh']);
    });

    it('keeps the old value when the refresh fails, tells it once, and tries again a second later', async () => {
      const onError = vi.fn<(error: unknown, key: string) => void>();
      const { clock, flights, loads, run, load } = setUp({ ...options, onError });
      await load('old');
      clock.now += 100;
      const error = new Error('away');
      expect(await run()).toBe('old');
      await turns();
      loads[1]!.reject(error);
      await turns();
      clock.now += 999;
      expect(await run()).toBe('old');
      await turns();
      expect(loads).toHaveLength(2);
      clock.now += 1;
      expect(await run()).toBe('old');
      await turns();
      expect(loads).toHaveLength(3);
      expect(onError.mock.calls).toEqual([[error, 'key']]);
      expect(flights.counters.failures).toBe(1);
    });

    it('logs the first failure since a success, when no onError is given', async () => {
      const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
      const { clock, loads, run, load } = setUp(options);
      await load('old');
      for (const outcome of ['fails', 'fails', 'works', 'fails'] as const) {
        clock.now += 1100;
        await run();
        await turns();
        if (outcome === 'works') loads.at(-1)!.resolve('new');
        else loads.at(-1)!.reject(new Error('away'));
        await turns();
      }
      expect(loads).toHaveLength(5);
      expect(warn).toHaveBeenCalledTimes(2);
      expect(warn.mock.calls[0]![0]).toContain('a shared computation failed behind its callers');
    });

    it.each([
      () => {
        throw new Error('hook');
      },
      async () => Promise.reject(new Error('hook')),
    ])('survives an onError that fails', async (onError) => {
      const error = vi.spyOn(Logger.prototype, 'error').mockReturnValue();
      const { clock, loads, run, load } = setUp({ ...options, onError });
      await load('old');
      clock.now += 100;
      await run();
      await turns();
      loads[1]!.reject(new Error('away'));
      await turns();
      expect(error).toHaveBeenCalledTimes(1);
      expect(await run()).toBe('old');
    });

    it('starts no second refresh while one runs, however long it takes', async () => {
      const { clock, loads, run, load } = setUp(options);
      await load('old');
      for (let second = 0; second < 5; second++) {
        clock.now += 1000;
        expect(await run()).toBe('old');
        await turns();
      }
      expect(loads).toHaveLength(2);
    });

    it('waits for the refresh when the value is too old to be served', async () => {
      const { clock, loads, run, load } = setUp(options);
      await load('old');
      clock.now += 100;
      await run();
      await turns();
      clock.now += 10_000;
      const answer = run();
      loads[1]!.resolve('new');
      expect(await answer).toBe('new');
      expect(loads).toHaveLength(2);
    });
  });

  describe('at the deadline', () => {
    it('serves the last good value, and the computation goes on', async () => {
      const { clock, flights, loads, run, load } = setUp({
        ttlMs: 100,
        deadlineMs: SOON_MS,
        fallback: 'last-good',
      });
      await load('old');
      clock.now += 86_400_000;
      expect(await Promise.all([run(), run()])).toEqual(['old', 'old']);
      expect(loads[1]!.signal.aborted).toBe(false);
      loads[1]!.resolve('new');
      await turns();
      expect(await run()).toBe('new');
      expect(flights.counters).toMatchObject({ fallbacks: 2, hits: 1, loads: 2 });
    });

    it('resumes its callers one per turn as well', async () => {
      const { clock, run } = setUp({ deadlineMs: SOON_MS, fallback: { value: 'none' } });
      const watch = new Turns();
      const seen: number[] = [];
      const call = async () => {
        expect(await run()).toBe('none');
        seen.push(watch.count);
        clock.now += 100;
      };
      await Promise.all([call(), call(), call(), call()]);
      watch.stop();
      expect(new Set(seen).size).toBe(4);
    });

    it('serves what a function makes of the key, or rejects with what it throws', async () => {
      const good = setUp({ deadlineMs: SOON_MS, fallback: (key) => `no ${key}` });
      expect(await good.run()).toBe('no key');
      const bad = setUp({
        deadlineMs: SOON_MS,
        fallback: () => {
          throw new RangeError('neither');
        },
      });
      await expect(bad.run()).rejects.toThrow(RangeError);
    });

    it.each([{}, { fallback: 'last-good' as const }])(
      'rejects with an error that says what to do, where there is nothing to serve: %o',
      async (options) => {
        const { flights, loads, run } = setUp({ ...options, ttlMs: 100, deadlineMs: SOON_MS });
        const error = await run().catch((caught: unknown) => caught);
        expect(error).toBeInstanceOf(SingleFlightTimeoutError);
        expect(error).toMatchObject({
          code: 'RESILIENCE_SINGLE_FLIGHT_TIMEOUT',
          key: 'key',
          deadlineMs: SOON_MS,
        });
        expect((error as Error).message).toContain("for 'key' took longer than its deadline of 20ms");
        expect(flights.counters.fallbacks).toBe(0);
        loads[0]!.resolve('late');
        await turns();
        expect(await run()).toBe('late');
      },
    );

    it('tells a failure that comes after it to onError, since no caller is left', async () => {
      const onError = vi.fn<(error: unknown, key: string) => void>();
      const { loads, run } = setUp({ deadlineMs: SOON_MS, fallback: { value: 'none' }, onError });
      await run();
      const error = new Error('late');
      loads[0]!.reject(error);
      await turns();
      expect(onError.mock.calls).toEqual([[error, 'key']]);
    });

    it('prefers an answer that came while the loop was blocked', async () => {
      const { flights, run, loads } = setUp({ deadlineMs: SOON_MS, fallback: { value: 'none' } });
      const answer = run();
      await turns();
      setImmediate(() => loads[0]!.resolve('value'));
      const until = performance.now() + 2 * SOON_MS;
      while (performance.now() < until);
      expect(await answer).toBe('value');
      await turns();
      expect(flights.counters.fallbacks).toBe(0);
    });

    it('leaves no timer when the answer comes before', async () => {
      const clear = vi.spyOn(globalThis, 'clearTimeout');
      const { load } = setUp({ deadlineMs: 60_000 });
      await load('value');
      expect(clear).toHaveBeenCalledTimes(1);
    });
  });

  describe('a caller that aborts', () => {
    it('rejects at once with its reason, and hurts nobody else', async () => {
      const { flights, loads, run } = setUp();
      const client = new AbortController();
      const others = [run(), run()];
      const gone = run(client.signal);
      const reason = new Error('gone');
      client.abort(reason);
      await expect(gone).rejects.toBe(reason);
      expect(loads[0]!.signal.aborted).toBe(false);
      loads[0]!.resolve('value');
      expect(await Promise.all(others)).toEqual(['value', 'value']);
      expect(flights.counters).toMatchObject({ abandoned: 0, loads: 1 });
    });

    it('aborts the computation when it is the last, and the next caller starts anew', async () => {
      const { flights, loads, run } = setUp({ ttlMs: 1000 });
      const clients = [new AbortController(), new AbortController()];
      const gone = clients.map(({ signal }) => run(signal));
      clients[0]!.abort();
      expect(loads[0]!.signal.aborted).toBe(false);
      clients[1]!.abort('last');
      expect(loads[0]!.signal).toMatchObject({ aborted: true, reason: 'last' });
      await Promise.allSettled(gone);
      const next = run();
      expect(loads).toHaveLength(2);
      loads[0]!.resolve('of the abandoned one');
      await turns();
      loads[1]!.resolve('value');
      expect(await next).toBe('value');
      expect(await run()).toBe('value');
      expect(flights.counters).toMatchObject({ abandoned: 1, failures: 0, loads: 2 });
    });

    it('is not heard of when the abandoned computation fails', async () => {
      const onError = vi.fn<() => void>();
      const { loads, run } = setUp({ onError });
      const client = new AbortController();
      const gone = run(client.signal);
      client.abort();
      await expect(gone).rejects.toThrow('aborted');
      loads[0]!.reject(new Error('aborted as well'));
      await turns();
      expect(onError).not.toHaveBeenCalled();
    });

    it('starts nothing when it has aborted before', async () => {
      const { loads, run } = setUp({ ttlMs: 1000 });
      await expect(run(AbortSignal.abort('before'))).rejects.toBe('before');
      expect(loads).toHaveLength(0);
    });

    it('rejects while it waits for its turn, and the others keep theirs', async () => {
      const { clock, loads, run } = setUp();
      const client = new AbortController();
      const answers = [0, 1, 2].map(async (caller) => {
        const answer = await run(caller === 1 ? client.signal : undefined);
        clock.now += 100;
        client.abort('in line');
        return answer;
      });
      loads[0]!.resolve('value');
      expect(await Promise.allSettled(answers)).toEqual([
        { status: 'fulfilled', value: 'value' },
        { status: 'rejected', reason: 'in line' },
        { status: 'fulfilled', value: 'value' },
      ]);
      expect(loads[0]!.signal.aborted).toBe(false);
    });

    it('does not cut a refresh short, nor a computation that another has left at its deadline', async () => {
      const { clock, loads, run, load } = setUp({
        ttlMs: 100,
        staleWhileRevalidateMs: 100,
        onError: () => undefined,
        deadlineMs: SOON_MS,
      });
      await load('old');
      clock.now += 100;
      await run();
      await turns();
      clock.now += 100;
      const client = new AbortController();
      const joined = run(client.signal);
      client.abort();
      await expect(joined).rejects.toThrow('aborted');
      expect(loads[1]!.signal.aborted).toBe(false);
      loads[1]!.reject(new Error('so that nothing is fresh'));
      await turns();

      const impatient = run();
      await expect(impatient).rejects.toThrow(SingleFlightTimeoutError);
      const other = new AbortController();
      const gone = run(other.signal);
      other.abort();
      await expect(gone).rejects.toThrow('aborted');
      expect(loads[2]!.signal.aborted).toBe(false);
    });

    it('leaves no listener on its signal', async () => {
      const { load, loads, run } = setUp();
      const { signal } = new AbortController();
      const remove = vi.spyOn(signal, 'removeEventListener');
      const add = vi.spyOn(signal, 'addEventListener');
      const answer = run(signal);
      loads[0]!.resolve('value');
      await answer;
      await load('again');
      expect(add).toHaveBeenCalledTimes(1);
      expect(remove.mock.calls[0]!.slice(0, 2)).toEqual(add.mock.calls[0]!.slice(0, 2));
    });
  });

  it('gives counters that do not change and cannot be changed', async () => {
    const { flights, load } = setUp();
    const before = flights.counters;
    await load('value');
    expect(before.loads).toBe(0);
    expect(flights.counters.loads).toBe(1);
    expect(() => Object.assign(before, { loads: 5 })).toThrow(TypeError);
  });

  it('refuses options that make no sense, all at once', () => {
    const options = {
      ttlMs: -1,
      maxEntries: 0,
      staleWhileRevalidateMs: NaN,
      fallback: 'last-god',
      onError: 'log',
      ttl: 5,
    } as unknown as SingleFlightOptions<string, string>;
    const problems = /ttlMs: .*staleWhileRevalidateMs: .*maxEntries: .*fallback: .*onError: .* ttl: /s;
    expect(() => new SingleFlight(options)).toThrow(InvalidOptionsError);
    expect(() => new SingleFlight(options)).toThrow(problems);
    expect(() => new SingleFlight({ fallback: { value: 1 } })).toThrow('nothing without a deadlineMs');
    expect(() => new SingleFlight({ deadlineMs: 0 })).toThrow('false or a number from 1');
  });
});
