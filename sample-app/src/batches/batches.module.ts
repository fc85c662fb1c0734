import { BullModule } from '@nestjs/bullmq';
import { type DynamicModule, Module } from '@nestjs/common';
import { IndicatorsModule } from '../indicators/indicators.module.js';
import { PricesModule } from '../prices/prices.module.js';
import { RankingsModule } from '../rankings/rankings.module.js';
import { ReportsModule } from '../reports/reports.module.js';
import type { Role } from '../role.js';
import { BatchesController } from './batches.controller.js';
import { BatchesProcessor } from './batches.processor.js';
import { BATCHES_QUEUE } from './batches.queue.js';
import { BatchesService } from './batches.service.js';
import { NightlyBatch } from './nightly-batch.js';
import { WorkQueues } from './work-queues.js';

@Module({
  imports: [BullModule.registerQueue({ name: BATCHES_QUEUE }), PricesModule],
  providers: [WorkQueues, BatchesService],
})
export class BatchesModule {
  static forRole(role: Role): DynamicModule {
    return {
      module: BatchesModule,
      imports: [IndicatorsModule.forRole(role), RankingsModule.forRole(role), ReportsModule.forRole(role)],
      providers: role.isWorker ? [BatchesProcessor, NightlyBatch] : [],
      controllers: role.isApi ? [BatchesController] : [],
    };
  }
}
