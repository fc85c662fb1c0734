import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import type { BulkJobOptions, ParentOptions, Queue } from 'bullmq';
import { INDICATORS_QUEUE, type IndicatorsJob } from '../indicators/indicators.queue.js';
import { RANKINGS_QUEUE, rankingKey, type RankingsJob } from '../rankings/rankings.queue.js';
import { REPORTS_QUEUE, type ReportsJob } from '../reports/reports.queue.js';
import type { JobTotals, WorkQueue } from './batches.queue.js';
import type { BatchPlan } from './plan-batch.js';

@Injectable()
export class WorkQueues {
  constructor(
    @InjectQueue(INDICATORS_QUEUE) private readonly indicators: Queue<IndicatorsJob>,
    @InjectQueue(RANKINGS_QUEUE) private readonly rankings: Queue<RankingsJob>,
    @InjectQueue(REPORTS_QUEUE) private readonly reports: Queue<ReportsJob>,
  ) {}

  /** Adds all jobs of a plan below their batch. Doing it twice adds nothing: the ids are the same. */
  async add(plan: BatchPlan, parent: ParentOptions): Promise<JobTotals> {
    const { indicators, rankings, reports } = plan;
    await this.indicators.addBulk(
      indicators.map((data, index) => child('indicators', 'tickers', data, index, parent)),
    );
    await this.rankings.addBulk(
      rankings.map((data, index) => child('rankings', rankingKey(data), data, index, parent)),
    );
    await this.reports.addBulk(
      reports.map((data, index) => child('reports', data.market, data, index, parent)),
    );
    return { indicators: indicators.length, rankings: rankings.length, reports: reports.length };
  }
}

function child<T>(
  queue: WorkQueue,
  name: string,
  data: T,
  index: number,
  parent: ParentOptions,
): ChildJob<T> {
  return {
    name,
    data,
    opts: { parent, jobId: `${parent.id}-${queue}-${index}`, ignoreDependencyOnFailure: true },
  };
}

interface ChildJob<T> {
  readonly name: string;
  readonly data: T;
  readonly opts: BulkJobOptions;
}
