import { forEachYielding, SingleFlight, staggered, yieldIfDue } from 'nestjs-headroom';

/** Runs `count` items and tells how long each took. */
export type Run = (count: number) => Promise<void>;

let sink = 0;
const work = (item: number): void => void (sink = (sink + item * 31) % 1_000_003);

let numbers: number[] = [];

/** Made once, in the round that is not measured. */
function items(count: number): readonly number[] {
  if (numbers.length !== count) numbers = Array.from({ length: count }, (_, index) => index);
  return numbers;
}

const load = (): Promise<string> => new Promise((resolve) => setImmediate(resolve, 'code'));

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

/** So many wait for one value. */
const TOGETHER = 60;

async function inGroups(count: number, call: () => Promise<string>): Promise<void> {
  for (let group = 0; group < count / TOGETHER; group++) {
    await Promise.all(Array.from({ length: TOGETHER }, async () => work((await call()).length)));
  }
}

/** One caller of sixty that wait for the same value, and do next to nothing with it. */
export const WAITERS = {
  'a plain promise': async (count) => {
    const plain = Promise.resolve('code');
    await inGroups(count, () => plain);
  },
  'staggered()': async (count) => inGroups(count, () => shared),
  'singleFlight.run(), in flight': async (count) => {
    const own = new SingleFlight<string, string>();
    await inGroups(count, () => own.run(KEY, load));
  },
} satisfies Record<string, Run>;
