import { BullModule } from '@nestjs/bullmq';
import { type DynamicModule, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { Redis } from 'ioredis';
import { ResilienceModule } from 'nestjs-headroom';
import { BatchesModule } from './batches/batches.module.js';
import { BundlesModule } from './bundles/bundles.module.js';
import { CostsModule } from './costs/costs.module.js';
import { PingModule } from './ping/ping.module.js';
import { queueOptions } from './redis/queue-options.js';
import { REDIS_SERVER } from './redis/redis-server.js';
import { RedisModule } from './redis/redis.module.js';
import type { Role } from './role.js';

@Module({
  imports: [
    RedisModule,
    // NOTE: injecting the client too lets no queue start before it is known that Redis answers.
    BullModule.forRootAsync({ inject: [REDIS_SERVER, Redis], useFactory: queueOptions }),
    ScheduleModule.forRoot(),
    ResilienceModule.forRoot({ health: true }),
    CostsModule,
  ],
})
export class AppModule {
  /** Health and costs are told by every process: they are about itself. */
  static forRole(role: Role): DynamicModule {
    return {
      module: AppModule,
      imports: [BatchesModule.forRole(role), ...(role.isApi ? [BundlesModule, PingModule] : [])],
    };
  }
}
