import { BullModule } from '@nestjs/bullmq';
import { type DynamicModule, Module } from '@nestjs/common';
import { PricesModule } from '../prices/prices.module.js';
import { ResultsModule } from '../results/results.module.js';
import type { Role } from '../role.js';
import { IndicatorsController } from './indicators.controller.js';
import { IndicatorsProcessor } from './indicators.processor.js';
import { INDICATORS_QUEUE } from './indicators.queue.js';

const queue = BullModule.registerQueue({ name: INDICATORS_QUEUE });

@Module({ imports: [queue, PricesModule, ResultsModule], exports: [queue] })
export class IndicatorsModule {
  static forRole({ isApi, isWorker }: Role): DynamicModule {
    return {
      module: IndicatorsModule,
      providers: isWorker ? [IndicatorsProcessor] : [],
      controllers: isApi ? [IndicatorsController] : [],
    };
  }
}
