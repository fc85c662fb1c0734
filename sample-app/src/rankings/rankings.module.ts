import { BullModule } from '@nestjs/bullmq';
import { type DynamicModule, Module } from '@nestjs/common';
import { PricesModule } from '../prices/prices.module.js';
import { ResultsModule } from '../results/results.module.js';
import type { Role } from '../role.js';
import { RankingsController } from './rankings.controller.js';
import { RankingsProcessor } from './rankings.processor.js';
import { RANKINGS_QUEUE } from './rankings.queue.js';

const queue = BullModule.registerQueue({ name: RANKINGS_QUEUE });

@Module({ imports: [queue, PricesModule, ResultsModule], exports: [queue] })
export class RankingsModule {
  static forRole({ isApi, isWorker }: Role): DynamicModule {
    return {
      module: RankingsModule,
      providers: isWorker ? [RankingsProcessor] : [],
      controllers: isApi ? [RankingsController] : [],
    };
  }
}
