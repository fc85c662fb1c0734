import { Queue } from 'bullmq';
import { Redis } from 'ioredis';

import type { Cell } from './cells.js';

const CHUNK = 1000;

/** Empties Redis and puts the jobs of a cell into its queues. */
export async function fillQueues(port: number, { shape, jobs }: Cell): Promise<void> {
  const connection = new Redis({ host: '127.0.0.1', port, maxRetriesPerRequest: null });
  await connection.flushall();
  for (const name of shape.queues) {
    const queue = new Queue(name, { connection });
    for (let left = jobs / shape.queues.length; left > 0; left -= CHUNK) {
      const count = Math.min(CHUNK, left);
      await queue.addBulk(Array.from({ length: count }, () => ({ name: 'job', data: {} })));
    }
    await queue.close();
  }
  await connection.quit();
}
