import { Queue } from 'bullmq';
import { Redis } from 'ioredis';

import { QUEUE } from '../app/jobs.js';

/** Empties Redis and puts `count` jobs into the queue. */
export async function fillQueue(port: number, count: number): Promise<void> {
  const connection = new Redis({ host: '127.0.0.1', port, maxRetriesPerRequest: null });
  await connection.flushall();
  const queue = new Queue(QUEUE, { connection });
  await queue.addBulk(Array.from({ length: count }, () => ({ name: 'job', data: {} })));
  await queue.close();
  await connection.quit();
}
