import type { Child } from 'bullmq';
import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { holdExit } from './hold-exit.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** The events that listeners of a process get to see, and its child as BullMQ keeps it. */
function held(isBusy: boolean) {
  const process = new EventEmitter();
  const child = { _exitCode: null, _signalCode: null };
  const seen: unknown[] = [];
  for (const event of ['exit', 'close', 'message'])
    process.on(event, (...args) => seen.push([event, ...(args as unknown[])]));
  holdExit(process as ChildProcess, child as unknown as Child, () => isBusy);
  return { process, child, seen };
}

describe('the exit of a process that has a job', () => {
  it('comes when its stderr is complete, and once', () => {
    const { process, child, seen } = held(true);
    process.emit('exit', null, 'SIGABRT');
    process.emit('message', 'late');
    expect(seen).toEqual([['message', 'late']]);
    expect(child).toMatchObject({ _exitCode: null, _signalCode: 'SIGABRT' });
    process.emit('close', null, 'SIGABRT');
    vi.runAllTimers();
    expect(seen.slice(1)).toEqual([
      ['exit', null, 'SIGABRT'],
      ['close', null, 'SIGABRT'],
    ]);
  });

  it('comes after a quarter of a second when somebody else keeps stderr open', () => {
    const { process, seen } = held(true);
    process.emit('exit', 3, null);
    vi.advanceTimersByTime(249);
    expect(seen).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(seen).toEqual([['exit', 3, null]]);
    process.emit('close', 3, null);
    expect(seen.slice(1)).toEqual([['close', 3, null]]);
  });
});

it('the exit of one that has nothing to do comes at once', () => {
  const { process, seen } = held(false);
  process.emit('exit', 0, null);
  expect(seen).toEqual([['exit', 0, null]]);
});
