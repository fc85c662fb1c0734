import { afterEach, describe, expect, it, vi } from 'vitest';

import { InvalidOptionsError } from '../../errors/index.js';
import { turns, Turns } from '../fixtures/turns.js';
import { forbidUnhandledRejections, setUp } from './fixtures/set-up.js';
import { SingleFlight } from './single-flight.js';
import type { SingleFlightOptions } from './single-flight.options.js';

forbidUnhandledRejections();
afterEach(() => vi.restoreAllMocks());

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
