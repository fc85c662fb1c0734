import { Redis } from 'ioredis';

const KEY = 'bench:done';

/**
 * How often each job came to its end, kept in Redis: it outlives the process that is killed, and it counts
 * what the job did, not what the queue believes.
 */
export class JobLedger {
  private readonly redis: Redis;

  constructor(port: number) {
    this.redis = new Redis({ host: '127.0.0.1', port, maxRetriesPerRequest: null });
  }

  async add(id: string): Promise<void> {
    await this.redis.hincrby(KEY, id, 1);
  }

  async counts(): Promise<number[]> {
    return Object.values(await this.redis.hgetall(KEY)).map(Number);
  }

  async close(): Promise<void> {
    await this.redis.quit();
  }
}
