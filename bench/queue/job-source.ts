import { Queue } from 'bullmq';
import { Redis } from 'ioredis';

import type { Shape } from './cells.js';

const CHUNK = 1000;

export interface JobData {
  /** Takes no time, whatever the kind. */
  readonly isEmpty: boolean;
}

/** Puts as many jobs into each queue of a cell as make this number together. */
export async function fillQueues(
  port: number,
  { queues }: Shape,
  jobs: number,
  data: JobData,
): Promise<void> {
  const connection = new Redis({ host: '127.0.0.1', port, maxRetriesPerRequest: null });
  for (const name of queues) {
    const queue = new Queue(name, { connection });
    for (let left = jobs / queues.length; left > 0; left -= CHUNK) {
      const count = Math.min(CHUNK, left);
      await queue.addBulk(Array.from({ length: count }, () => ({ name: 'job', data })));
    }
    await queue.close();
  }
  await connection.quit();
}
