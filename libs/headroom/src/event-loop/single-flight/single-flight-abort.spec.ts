import { afterEach, describe, expect, it, vi } from 'vitest';

import { SingleFlightTimeoutError } from '../../errors/index.js';
import { turns } from '../fixtures/turns.js';
import { forbidUnhandledRejections, setUp } from './fixtures/set-up.js';

const SOON_MS = 20;

forbidUnhandledRejections();
afterEach(() => vi.restoreAllMocks());

describe('a caller of SingleFlight that aborts', () => {
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
