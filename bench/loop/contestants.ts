import { forEachYielding, SingleFlight, staggered, yieldIfDue } from 'nestjs-headroom';

/** Runs `count` items and tells how long each took. */
export type Run = (count: number) => Promise<void>;

let sink = 0;
const work = (item: number): void => void (sink = (sink + item * 31) % 1_000_003);

function items(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** One cheap item of a loop: a multiplication. */
export const LOOPS = {
  'for...of': async (count) => {
    for (const item of items(count)) work(item);
    return Promise.resolve();
  },
  'for...of, await yieldIfDue()': async (count) => {
    for (const item of items(count)) {
      work(item);
      await yieldIfDue();
    }
  },
  'forEachYielding()': async (count) => forEachYielding(items(count), work),
} satisfies Record<string, Run>;

const KEY = 'bundle';
const map = new Map([[KEY, Promise.resolve('code')]]);
const flight = new SingleFlight<string, string>({ ttlMs: 3_600_000 });
const shared = staggered(Promise.resolve('code'));

/** One call for a value that is there. */
export const HITS = {
  'await map.get()': async (count) => {
    for (let call = 0; call < count; call++) await map.get(KEY);
  },
  'await singleFlight.run(), a hit': async (count) => {
    for (let call = 0; call < count; call++) await flight.run(KEY, () => 'code');
  },
} satisfies Record<string, Run>;

/** One caller of those that wait for the same value, and do next to nothing with it. */
export const WAITERS = {
  'a plain promise': async (count) => {
    const one = Promise.resolve('code');
    await Promise.all(items(count).map(async () => work((await one).length)));
  },
  'staggered()': async (count) => {
    await Promise.all(items(count).map(async () => work((await shared).length)));
  },
  'singleFlight.run(), in flight': async (count) => {
    const load = () => new Promise<string>((resolve) => setImmediate(resolve, 'code'));
    const own = new SingleFlight<string, string>();
    await Promise.all(items(count).map(async () => work((await own.run(KEY, load)).length)));
  },
} satisfies Record<string, Run>;
