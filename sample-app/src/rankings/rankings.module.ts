import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { PricesModule } from '../prices/prices.module.js';
import { ResultsModule } from '../results/results.module.js';
import { RankingsController } from './rankings.controller.js';
import { RankingsProcessor } from './rankings.processor.js';
import { RANKINGS_QUEUE } from './rankings.queue.js';

const queue = BullModule.registerQueue({ name: RANKINGS_QUEUE });

@Module({
  imports: [queue, PricesModule, ResultsModule],
  providers: [RankingsProcessor],
  controllers: [RankingsController],
  exports: [queue],
})
export class RankingsModule {}
