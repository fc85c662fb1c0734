/** A job that dies as it is called. */
import { execFile } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';

const LONG_MS = 60_000;
const kept: unknown[] = [];

const WAYS: Readonly<Record<string, () => unknown>> = {
  heap: () => {
    for (;;) kept.push(Array.from({ length: 1000 }, (_, n) => ({ n })));
  },
  buffers: () => {
    for (;;) kept.push(Buffer.alloc(2 ** 23, 1));
  },
  kill: async () => {
    execFile('kill', ['-9', `${process.pid}`]);
    await wait(LONG_MS);
  },
  abort: () => process.abort(),
  segfault: async () => {
    process.kill(process.pid, 'SIGSEGV');
    await wait(LONG_MS);
  },
  exit: () => process.exit(7),
  throw: async () => {
    setTimeout(() => {
      throw new RangeError('no rates for LSE');
    }, 10);
    await wait(LONG_MS);
  },
  reject: async () => {
    void Promise.reject(new TypeError('nobody catches this'));
    await wait(LONG_MS);
  },
  spin: () => {
    for (;;);
  },
  unserialisable: () => ({ rows: 3, next: () => undefined }),
  cyclic: () => {
    const row: { self?: unknown } = {};
    row.self = row;
    return row;
  },
  disconnect: async () => {
    process.disconnect();
    await wait(LONG_MS);
  },
};

export default async function die({ name }: { readonly name: string }): Promise<unknown> {
  return WAYS[name]!();
}
