import { Processor, WorkerHost } from '@nestjs/bullmq';
import type { Job } from 'bullmq';
import { PricesService } from '../prices/prices.service.js';
import { ResultsService } from '../results/results.service.js';
import { buildReport } from './build-report.js';
import { REPORTS_QUEUE, type ReportsJob } from './reports.queue.js';

/** One report at a time: each holds its whole market in memory. */
@Processor(REPORTS_QUEUE, { concurrency: 1 })
export class ReportsProcessor extends WorkerHost {
  constructor(
    private readonly prices: PricesService,
    private readonly results: ResultsService,
  ) {
    super();
  }

  async process(job: Job<ReportsJob>): Promise<number> {
    const { market } = job.data;
    const book = await this.prices.current();
    const report = await buildReport(market, book.ofMarket(market), (percent) => job.updateProgress(percent));
    await this.results.put('reports', new Map([[market, report]]));
    await job.updateProgress(100);
    return report.rows;
  }
}
