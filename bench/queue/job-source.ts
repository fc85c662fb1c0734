import { Queue } from 'bullmq';
import { Redis } from 'ioredis';

import { prefixOf, type Setup } from './setup.js';

const CHUNK = 1000;

export interface JobData {
  /** Takes no time, whatever the kind. */
  readonly isEmpty: boolean;
}

/**
 * Puts as many jobs into each queue of a contestant as make this number together.
 *
 * @param fullEvery of so many jobs one is a full one, and the others take no time
 */
export async function fillQueues(
  { contestant, cell, redisPort }: Setup,
  jobs: number,
  fullEvery = 1,
): Promise<void> {
  const { queues } = cell.shape;
  const connection = new Redis({ host: '127.0.0.1', port: redisPort, maxRetriesPerRequest: null });
  for (const name of queues) {
    const queue = new Queue(name, { connection, prefix: prefixOf(contestant) });
    for (let left = jobs / queues.length; left > 0; left -= CHUNK) {
      const count = Math.min(CHUNK, left);
      await queue.addBulk(
        Array.from({ length: count }, (_, index) => ({
          name: 'job',
          data: { isEmpty: index % fullEvery > 0 },
        })),
      );
    }
    await queue.close();
  }
  await connection.quit();
}
