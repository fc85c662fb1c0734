import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import { descendantsOf } from '../support/descendants.js';
import { spreadOf } from '../support/statistics.js';
import type { Output, Setup } from './setup.js';

type IdleMemory = Pick<Output, 'rssMb' | 'ownMb'>;

const SETTLE_MS = 300;
const IN_THREADS = ['bullmq-threads', 'piscina'];
const NOTHING: IdleMemory = { rssMb: NaN, ownMb: NaN };

/** What one child, or one thread, takes when it has nothing to do. */
export async function idleMemory(
  { contestant, concurrency }: Setup,
  rssBeforeMb: number,
): Promise<IdleMemory> {
  // Its last children may still be ending.
  if (contestant === 'headroom-cold') return NOTHING;
  await delay(SETTLE_MS);
  if (IN_THREADS.includes(contestant)) {
    return { rssMb: (memoryOf(process.pid).rssMb - rssBeforeMb) / concurrency, ownMb: NaN };
  }
  const children = descendantsOf(process.pid).map(memoryOf);
  if (children.length === 0) return NOTHING;
  return {
    rssMb: spreadOf(children.map(({ rssMb }) => rssMb)).median,
    ownMb: spreadOf(children.map(({ ownMb }) => ownMb)).median,
  };
}

/** From /proc/<pid>/smaps_rollup: Node's own code is resident in every process, and there once. */
export function memoryOf(pid: number): IdleMemory {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
  const megabytes = (key: string): number =>
    Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]) / 1024;
  return { rssMb: megabytes('Rss'), ownMb: megabytes('Private_Clean') + megabytes('Private_Dirty') };
}
