import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { turns } from '../fixtures/turns.js';
import { forbidUnhandledRejections, setUp } from './fixtures/set-up.js';

forbidUnhandledRejections();
afterEach(() => vi.restoreAllMocks());

describe('SingleFlight with staleWhileRevalidateMs', () => {
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
