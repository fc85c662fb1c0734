import { Processor, WorkerHost } from '@nestjs/bullmq';
import type { Job } from 'bullmq';
import { YieldBetweenJobs } from 'nestjs-headroom';
import { PricesService } from '../prices/prices.service.js';
import { ResultsService } from '../results/results.service.js';
import { computeIndicators, type Indicators } from './compute-indicators.js';
import { INDICATORS_QUEUE, type IndicatorsJob } from './indicators.queue.js';

/** Many jobs of some ten milliseconds, four at once: the shape that starves an event loop. */
@Processor(INDICATORS_QUEUE, { concurrency: 4 })
@YieldBetweenJobs({ sliceMs: 5 })
export class IndicatorsProcessor extends WorkerHost {
  constructor(
    private readonly prices: PricesService,
    private readonly results: ResultsService,
  ) {
    super();
  }

  async process(job: Job<IndicatorsJob>): Promise<number> {
    const book = await this.prices.current();
    const results = new Map<string, Indicators>();
    for (const ticker of job.data.tickers) {
      const series = book.find(ticker);
      if (series) results.set(ticker, computeIndicators(series));
    }
    if (results.size > 0) await this.results.put('indicators', results);
    await job.updateProgress(100);
    return results.size;
  }
}
