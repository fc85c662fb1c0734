import { Global, Inject, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import { connectRedis } from './connect-redis.js';
import { openRedis } from './open-redis.js';
import { REDIS_SERVER, type RedisServer } from './redis-server.js';

/**
 * NOTE: global, and imported before every module that uses it: Nest closes global modules last, in the reverse
 * order of their import, so BullMQ's workers can finish their jobs before Redis goes.
 */
@Global()
@Module({
  providers: [
    { provide: REDIS_SERVER, useFactory: () => openRedis(process.env) },
    { provide: Redis, inject: [REDIS_SERVER], useFactory: connectRedis },
  ],
  exports: [REDIS_SERVER, Redis],
})
export class RedisModule implements OnApplicationShutdown {
  constructor(
    @Inject(REDIS_SERVER) private readonly server: RedisServer,
    private readonly redis: Redis,
  ) {
    new Logger(RedisModule.name).log(`Using ${server.description}`);
  }

  async onApplicationShutdown(): Promise<void> {
    this.redis.disconnect();
    await this.server.stop();
  }
}
