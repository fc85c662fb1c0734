import { Injectable, Logger } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { BatchesService } from './batches.service.js';

@Injectable()
export class NightlyBatch {
  private readonly logger = new Logger(NightlyBatch.name);

  constructor(private readonly batches: BatchesService) {}

  /** The id holds the date: of several processes on one Redis only one starts the night's batch. */
  @Cron('0 30 3 * * *', { name: 'nightly-batch' })
  async start(): Promise<void> {
    const id = await this.batches.start('cron', `nightly-${new Date().toISOString().slice(0, 10)}`);
    this.logger.log(`Started ${id}`);
  }
}
