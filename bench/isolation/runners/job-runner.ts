import { Queue, type Worker } from 'bullmq';

import type { Setup } from '../setup.js';
import type { Runner } from './runner.js';

export const QUEUE = 'bench';

/** Tasks as jobs of a queue, until its worker tells that they are done. */
export async function jobRunner(worker: Worker, { redisPort }: Setup): Promise<Runner> {
  const queue = new Queue(QUEUE, { connection: { host: '127.0.0.1', port: redisPort } });
  const waiting = new Map<string, PromiseWithResolvers>();
  worker.on('completed', ({ name }) => waiting.get(name)?.resolve());
  worker.on('failed', (job, error) => waiting.get(job?.name ?? '')?.reject(error));
  await Promise.all([worker.waitUntilReady(), queue.waitUntilReady()]);
  let last = 0;
  return {
    run: async (data) => {
      const name = `task-${++last}`;
      const done = new Promise<void>((resolve, reject) => waiting.set(name, { resolve, reject }));
      await queue.add(name, data);
      await done;
      waiting.delete(name);
    },
  };
}

interface PromiseWithResolvers {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}
