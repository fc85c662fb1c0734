import { BullModule } from '@nestjs/bullmq';
import { type DynamicModule, Module } from '@nestjs/common';
import { PricesModule } from '../prices/prices.module.js';
import { ResultsModule } from '../results/results.module.js';
import type { Role } from '../role.js';
import { ReportsController } from './reports.controller.js';
import { ReportsProcessor } from './reports.processor.js';
import { REPORTS_QUEUE } from './reports.queue.js';
import { ReportsService } from './reports.service.js';

const queue = BullModule.registerQueue({ name: REPORTS_QUEUE });

@Module({ imports: [queue, PricesModule, ResultsModule], exports: [queue] })
export class ReportsModule {
  static forRole({ isApi, isWorker }: Role): DynamicModule {
    return {
      module: ReportsModule,
      providers: [ReportsService, ...(isWorker ? [ReportsProcessor] : [])],
      controllers: isApi ? [ReportsController] : [],
    };
  }
}
