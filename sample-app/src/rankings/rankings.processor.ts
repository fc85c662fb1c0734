import { Processor, WorkerHost } from '@nestjs/bullmq';
import type { Job } from 'bullmq';
import { PricesService } from '../prices/prices.service.js';
import { ResultsService } from '../results/results.service.js';
import { rankMarket } from './rank-market.js';
import { RANKINGS_QUEUE, rankingKey, type RankingsJob } from './rankings.queue.js';

const DAYS = 60;
const TOP = 25;

@Processor(RANKINGS_QUEUE, { concurrency: 2 })
export class RankingsProcessor extends WorkerHost {
  constructor(
    private readonly prices: PricesService,
    private readonly results: ResultsService,
  ) {
    super();
  }

  async process(job: Job<RankingsJob>): Promise<number> {
    const book = await this.prices.current();
    const ranking = rankMarket(book.ofMarket(job.data.market), { ...job.data, days: DAYS, top: TOP });
    await job.updateProgress(90);
    await this.results.put('rankings', new Map([[rankingKey(job.data), ranking]]));
    await job.updateProgress(100);
    return ranking.tickers;
  }
}
