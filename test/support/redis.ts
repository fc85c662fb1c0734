import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { findRedisBinary, startRedisServer, type RedisBinary } from './redis-server.js';
import { skipped } from './skip.js';

const NO_REDIS = 'REDIS_URL is not set and neither redis-server nor valkey-server is on PATH';

/** A Redis for one spec file. */
export interface TestRedis {
  /** With user and password where there are any; BullMQ takes it as `connection: { url }`. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly kind: 'env' | RedisBinary | 'embedded';
  stop(): Promise<void>;
}

/** The Redis of `REDIS_URL`, else a real server from PATH on a free port, else one in JavaScript in a thread. */
export async function startRedis(): Promise<TestRedis> {
  const given = process.env.REDIS_URL;
  if (given) return { ...addressOf(given), kind: 'env', stop: () => Promise.resolve() };
  const binary = findRedisBinary();
  if (binary !== undefined) return startReal(binary);
  skipped('a real Redis for this file, in place of one in JavaScript', NO_REDIS, 'REQUIRE_REAL_REDIS');
  return startEmbedded();
}

/**
 * For specs that the Redis in JavaScript cannot carry: `describe.skipIf(realRedisOrSkip())`. Prints the reason
 * and returns it when only the embedded one is at hand; throws instead with `REQUIRE_REAL_REDIS=1`.
 */
export function realRedisOrSkip(): string | undefined {
  if (process.env.REDIS_URL || findRedisBinary() !== undefined) return undefined;
  return skipped('specs with a real Redis', NO_REDIS, 'REQUIRE_REAL_REDIS');
}

async function startReal(binary: RedisBinary): Promise<TestRedis> {
  const server = await startRedisServer(binary);
  return { ...addressOf(`redis://127.0.0.1:${server.port}`), kind: binary, stop: () => server.stop() };
}

async function startEmbedded(): Promise<TestRedis> {
  const password = randomBytes(16).toString('hex');
  const thread = new Worker(new URL('./embedded-redis.worker.mjs', import.meta.url), {
    workerData: { password },
  });
  thread.unref();
  const [port] = await once(thread, 'message');
  return {
    ...addressOf(`redis://:${password}@127.0.0.1:${port}`),
    kind: 'embedded',
    stop: async () => void (await thread.terminate()),
  };
}

function addressOf(url: string): Pick<TestRedis, 'url' | 'host' | 'port'> {
  const { hostname, port } = new URL(url);
  return { url, host: hostname, port: Number(port || 6379) };
}
