import { Processor, WorkerHost } from '@nestjs/bullmq';
import type { Job } from 'bullmq';
import { IsolatedTaskRunner, MemoryCost } from 'nestjs-headroom';
import { PricesService } from '../prices/prices.service.js';
import { ResultsService } from '../results/results.service.js';
import type { MarketReport } from './market-report.js';
import type { ReportInput } from './report.task.js';
import { ALL_MARKETS, REPORTS_QUEUE, type ReportsJob } from './reports.queue.js';

const TASK = new URL('./report.task.js', import.meta.url);

/**
 * One report at a time: each holds its whole market in memory. It is built in a process of its own, with twice the heap
 * that the largest market takes: what asks for more dies there, and not here.
 * NOTE: the memory is set aside for the task in that process. If the job had some too, the task could wait for it for ever.
 */
@MemoryCost('none')
@Processor(REPORTS_QUEUE, { concurrency: 1 })
export class ReportsProcessor extends WorkerHost {
  constructor(
    private readonly prices: PricesService,
    private readonly results: ResultsService,
    private readonly tasks: IsolatedTaskRunner,
  ) {
    super();
  }

  async process(job: Job<ReportsJob>, _token?: string, signal?: AbortSignal): Promise<number> {
    const { market } = job.data;
    const report = await this.tasks.run<MarketReport>(TASK, await this.inputOf(market), {
      heap: '128mb',
      warm: true,
      onProgress: (percent) => job.updateProgress(Number(percent)),
      ...(signal && { signal }),
    });
    await this.results.put('reports', new Map([[market, report]]));
    await job.updateProgress(100);
    return report.rows;
  }

  private async inputOf(market: string): Promise<ReportInput> {
    const book = await this.prices.current();
    return { market, tickers: market === ALL_MARKETS ? book.all : book.ofMarket(market) };
  }
}
