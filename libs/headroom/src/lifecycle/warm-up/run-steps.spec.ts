import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';

import { runSteps, type WarmUpStep } from './run-steps.js';

const never = new AbortController().signal;
const step = (name: string, run: WarmUpStep['run'] = () => undefined): WarmUpStep => ({ name, run });
const forEver = async (): Promise<never> => new Promise(() => undefined);

describe('runSteps', () => {
  it('runs one after the other', async () => {
    const order: string[] = [];
    const slow = step('slow', async () => {
      await wait(20);
      order.push('slow');
    });
    const tally = await runSteps([slow, step('quick', () => order.push('quick'))], 5000, never);
    expect(order).toEqual(['slow', 'quick']);
    expect(tally).toMatchObject({ done: ['slow', 'quick'], failed: [] });
    expect(tally.tookMs).toBeGreaterThan(15);
  });

  it('goes on after one that fails, whatever it throws', async () => {
    const failing = [
      step('sync', () => {
        throw new Error('no');
      }),
      step('async', async () => Promise.reject(new TypeError('never'))),
      step('odd', async () => {
        // oxlint-disable-next-line no-throw-literal, typescript/only-throw-error -- what the code of others may do
        throw undefined;
      }),
    ];
    const { done, failed } = await runSteps([...failing, step('last')], 5000, never);
    expect(done).toEqual(['last']);
    expect(failed).toEqual([
      { name: 'sync', why: 'no' },
      { name: 'async', why: 'never' },
      { name: 'odd', why: 'undefined' },
    ]);
  });

  it('waits no longer than its time, and starts nothing after it', async () => {
    let hasStarted = false;
    const late = step('late', () => (hasStarted = true));
    const { done, failed } = await runSteps([step('first'), step('hangs', forEver), late], 30, never);
    expect(done).toEqual(['first']);
    expect(failed).toEqual([
      { name: 'hangs', why: 'not done in time' },
      { name: 'late', why: 'not started in time' },
    ]);
    expect(hasStarted).toBe(false);
  });

  it('tells a step that its time is over', async () => {
    const heeds = step('heeds', async (signal) => wait(60_000, undefined, { signal }));
    const { failed } = await runSteps([heeds], 30, never);
    expect(failed).toEqual([{ name: 'heeds', why: 'not done in time' }]);
  });

  it('ends at once when it is cancelled, and what fails later disturbs nobody', async () => {
    const cancel = new AbortController();
    let fail: ((error: Error) => void) | undefined;
    const hangs = step('hangs', async () => {
      cancel.abort();
      return new Promise((_resolve, reject) => {
        fail = reject;
      });
    });
    const { done } = await runSteps([hangs, step('next')], 60_000, cancel.signal);
    expect(done).toEqual([]);
    fail?.(new Error('too late'));
    await wait(5);
  });
});
