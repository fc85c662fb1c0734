import { Queue } from 'bullmq';
import { Redis } from 'ioredis';

import { prefixOf, type Setup } from './setup.js';

const CHUNK = 1000;

export interface JobData {
  /** Takes no time, whatever the kind. */
  readonly isEmpty: boolean;
}

/** Puts as many jobs into each queue of a contestant as make this number together. */
export async function fillQueues(
  { contestant, cell, redisPort }: Setup,
  jobs: number,
  data: JobData,
): Promise<void> {
  const { queues } = cell.shape;
  const connection = new Redis({ host: '127.0.0.1', port: redisPort, maxRetriesPerRequest: null });
  for (const name of queues) {
    const queue = new Queue(name, { connection, prefix: prefixOf(contestant) });
    for (let left = jobs / queues.length; left > 0; left -= CHUNK) {
      const count = Math.min(CHUNK, left);
      await queue.addBulk(Array.from({ length: count }, () => ({ name: 'job', data })));
    }
    await queue.close();
  }
  await connection.quit();
}
