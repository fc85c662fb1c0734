import { StartupError } from '../errors.js';
import { roleFrom } from '../role.js';
import { startEmbeddedRedis } from './embedded-redis.js';
import type { RedisServer } from './redis-server.js';

/** The Redis of `REDIS_URL`, or the embedded one, for a process that is alone and not in production. */
export async function openRedis(env: NodeJS.ProcessEnv): Promise<RedisServer> {
  if (env['REDIS_URL']) return externalRedis(env['REDIS_URL']);

  if (env['NODE_ENV'] === 'production') {
    throw new StartupError(
      'NODE_ENV is "production" and REDIS_URL is not set: the embedded Redis forgets all jobs when the process ' +
        'ends, so it is for development only. Set REDIS_URL, for example to redis://localhost:6379.',
    );
  }
  const { isApi, isWorker } = roleFrom(env['ROLE']);
  if (!isApi || !isWorker) {
    throw new StartupError(
      `ROLE is "${env['ROLE']}" and REDIS_URL is not set: processes cannot share an embedded Redis, each would have ` +
        'its own. Set REDIS_URL, for example to redis://localhost:6379, or leave ROLE out.',
    );
  }
  return startEmbeddedRedis();
}

function externalRedis(url: string): RedisServer {
  if (!URL.canParse(url) || !/^rediss?:/.test(url)) {
    throw new StartupError('REDIS_URL must be an address such as redis://user:password@host:6379/0.');
  }
  const { host } = new URL(url);
  return { url, description: `Redis on ${host}`, embedded: false, stop: () => Promise.resolve() };
}
