import { type Processor, Worker } from 'bullmq';

import type { Setup } from '../setup.js';
import { work } from '../work.js';
import { jobRunner, QUEUE } from './job-runner.js';
import type { Runner } from './runner.js';

const FILE = new URL('../work.processor.js', import.meta.url);

/** Plain BullMQ: nothing in this process imports Headroom. */
export async function runBullMq(setup: Setup): Promise<Runner> {
  const { contestant, concurrency, redisPort } = setup;
  const processor: Processor | URL = contestant === 'main-thread' ? async ({ data }) => work(data) : FILE;
  const worker = new Worker(QUEUE, processor, {
    connection: { host: '127.0.0.1', port: redisPort },
    concurrency,
    useWorkerThreads: contestant === 'bullmq-threads',
  });
  return jobRunner(worker, setup);
}
