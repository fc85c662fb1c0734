import { afterEach, describe, expect, it, vi } from 'vitest';

import { SingleFlightTimeoutError } from '../../errors/index.js';
import { turns, Turns } from '../fixtures/turns.js';
import { forbidUnhandledRejections, setUp } from './fixtures/set-up.js';

const SOON_MS = 20;

forbidUnhandledRejections();
afterEach(() => vi.restoreAllMocks());

describe('SingleFlight at the deadline', () => {
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
