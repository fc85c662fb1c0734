import { Piscina } from 'piscina';

import type { Setup } from '../setup.js';
import type { Runner } from './runner.js';

const FILE = new URL('../work.task.js', import.meta.url);

/** Threads are started when they are needed, and kept, as children are elsewhere. */
export async function runPiscina({ concurrency }: Setup): Promise<Runner> {
  const pool = new Piscina({
    filename: FILE.href,
    minThreads: 0,
    maxThreads: concurrency,
    idleTimeout: 60_000,
  });
  return { run: async (data) => pool.run(data) };
}
