import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { messageOf, StartupError } from '../errors.js';
import type { RedisServer } from './redis-server.js';

/** The app's own client, for results. BullMQ makes its own. Fails at once when nobody answers. */
export async function connectRedis(server: RedisServer): Promise<Redis> {
  const redis = new Redis(server.url, { lazyConnect: true, maxRetriesPerRequest: 1 });
  let trouble: string | undefined;
  const remember = (error: Error): void => {
    trouble = error.message;
  };

  redis.on('error', remember);
  try {
    await redis.connect();
  } catch (error) {
    redis.disconnect();
    throw new StartupError(`${server.description} cannot be used: ${trouble ?? messageOf(error)}`, {
      cause: error,
    });
  }
  redis.off('error', remember);
  reportOutages(redis, new Logger('Redis'));
  return redis;
}

/** One line per outage, not one per attempt to connect again. */
function reportOutages(redis: Redis, logger: Logger): void {
  let isOut = false;
  redis.on('error', (error: Error) => {
    if (!isOut) logger.error(`Redis is gone, trying again: ${error.message}`);
    isOut = true;
  });
  redis.on('ready', () => {
    if (isOut) logger.log('Redis is back');
    isOut = false;
  });
}
