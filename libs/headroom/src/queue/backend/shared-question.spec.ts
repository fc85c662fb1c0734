import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';

import { SharedQuestion } from './shared-question.js';

const LONG_MS = 60_000;

function setUp(keepMs = LONG_MS) {
  const errors: unknown[] = [];
  const asked: PromiseWithResolvers[] = [];
  const shared = new SharedQuestion<string>(keepMs, (error) => errors.push(error));
  const ask = (timeoutMs = LONG_MS) =>
    shared.ask(
      () =>
        new Promise<string>((resolve, reject) => {
          asked.push({ resolve, reject });
        }),
      timeoutMs,
    );
  return { shared, ask, asked, errors };
}

interface PromiseWithResolvers {
  readonly resolve: (value: string) => void;
  readonly reject: (error: Error) => void;
}

function broken(): never {
  throw new Error('broken');
}

describe('a shared question', () => {
  it('is put once, to whomever asks while it is open, and for a moment afterwards', async () => {
    const { ask, asked } = setUp();
    const both = Promise.all([ask(), ask()]);
    asked[0]!.resolve('yes');
    expect((await both).map(({ value }) => value)).toEqual(['yes', 'yes']);
    expect((await ask()).value).toBe('yes');
    expect(asked).toHaveLength(1);
  });

  it('is put anew when that moment is over', async () => {
    const { ask, asked } = setUp(20);
    const first = ask();
    asked[0]!.resolve('yes');
    await first;
    await wait(30);
    const second = ask();
    asked[1]!.resolve('no');
    expect((await second).value).toBe('no');
  });

  it('that stays open lets each go after their own time, and is not put again', async () => {
    const { ask, asked } = setUp();
    const [first, second] = await Promise.all([ask(20), ask(60)]);
    expect(first).toMatchObject({ value: undefined });
    expect(first.tookMs).toBeGreaterThanOrEqual(18);
    expect(first.tookMs).toBeLessThan(58);
    expect(second.tookMs).toBeGreaterThanOrEqual(58);
    // Since the question was put, not since this one asked.
    expect((await ask(20)).tookMs).toBeGreaterThanOrEqual(75);
    expect(asked).toHaveLength(1);

    const last = ask();
    asked[0]!.resolve('late');
    expect((await last).value).toBe('late');
  });

  it('that fails has no answer, which is kept too', async () => {
    const { ask, asked, errors } = setUp();
    const first = ask();
    asked[0]!.reject(new Error('away'));
    expect((await first).value).toBeUndefined();
    expect((await ask()).value).toBeUndefined();
    expect(asked).toHaveLength(1);
    expect(errors).toEqual([new Error('away')]);
  });

  it('that throws does so to nobody', async () => {
    const shared = new SharedQuestion<string>(LONG_MS);
    expect((await shared.ask(broken, LONG_MS)).value).toBeUndefined();
  });

  it('that is forgotten is put anew, and its late answer is not taken for the new one', async () => {
    const { shared, ask, asked } = setUp();
    const first = ask();
    shared.forget();
    const second = ask();
    asked[0]!.resolve('old');
    expect((await first).value).toBe('old');
    asked[1]!.resolve('new');
    expect((await second).value).toBe('new');
    expect((await ask()).value).toBe('new');
  });

  it('takes an answer that has come while the loop was blocked for longer than the timeout', async () => {
    const shared = new SharedQuestion<string>(LONG_MS);
    const told = shared.ask(async () => {
      await new Promise(setImmediate);
      return 'yes';
    }, 10);
    const until = performance.now() + 50;
    while (performance.now() < until);
    expect((await told).value).toBe('yes');
  });
});
