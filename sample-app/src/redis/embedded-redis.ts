import { randomBytes } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { Logger } from '@nestjs/common';
import type { RedisServer } from './redis-server.js';

const THREAD = new URL('./embedded-redis.thread.js', import.meta.url);

/**
 * A Redis in JavaScript, in a thread of this process: nothing to install, gone with the process. It listens
 * on 127.0.0.1 only and wants a password that nobody else has.
 */
export async function startEmbeddedRedis(): Promise<RedisServer> {
  const password = randomBytes(24).toString('hex');
  const thread = new Worker(THREAD, { workerData: { password } });
  const port = await new Promise<number>((resolve, reject) => {
    thread.once('message', resolve);
    thread.once('error', reject);
  });
  thread.on('error', (error) => new Logger('EmbeddedRedis').error('The embedded Redis died', error.stack));
  thread.unref();

  return {
    url: `redis://:${password}@127.0.0.1:${port}`,
    description: `embedded Redis on 127.0.0.1:${port}, memory only (set REDIS_URL to use a real one)`,
    embedded: true,
    stop: async () => {
      await thread.terminate();
    },
  };
}
