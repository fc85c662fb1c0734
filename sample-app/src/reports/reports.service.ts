import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { REPORTS_QUEUE, type ReportsJob } from './reports.queue.js';

export interface ReportProgress {
  readonly id: string;
  readonly market: string;
  /** As BullMQ names it: `waiting`, `active`, `completed`, `failed`. */
  readonly state: string;
  readonly percent: number;
  readonly error?: string;
}

@Injectable()
export class ReportsService {
  constructor(@InjectQueue(REPORTS_QUEUE) private readonly queue: Queue<ReportsJob, number>) {}

  async start(market: string): Promise<string> {
    const { id = '' } = await this.queue.add(market, { market });
    return id;
  }

  async progress(id: string): Promise<ReportProgress | undefined> {
    // The state first: a job that ends between the two reads is not told as failed without its error.
    const state = await this.queue.getJobState(id);
    const job = await this.queue.getJob(id);
    if (!job) return undefined;

    return {
      id,
      market: job.data.market,
      state,
      percent: Number(job.progress),
      ...(job.failedReason && { error: job.failedReason }),
    };
  }
}
