import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { PricesModule } from '../prices/prices.module.js';
import { ResultsModule } from '../results/results.module.js';
import { ReportsController } from './reports.controller.js';
import { ReportsProcessor } from './reports.processor.js';
import { REPORTS_QUEUE } from './reports.queue.js';

const queue = BullModule.registerQueue({ name: REPORTS_QUEUE });

@Module({
  imports: [queue, PricesModule, ResultsModule],
  providers: [ReportsProcessor],
  controllers: [ReportsController],
  exports: [queue],
})
export class ReportsModule {}
