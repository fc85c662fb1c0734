import { Processor, WorkerHost } from '@nestjs/bullmq';
import { Logger, type OnModuleDestroy } from '@nestjs/common';
import { WaitingChildrenError, type Job } from 'bullmq';
import { PricesService } from '../prices/prices.service.js';
import { BATCHES_QUEUE, type BatchJob, type BatchSummary } from './batches.queue.js';
import { planBatch } from './plan-batch.js';
import { WorkQueues } from './work-queues.js';

/**
 * A batch is a parent job that runs twice: it imports the prices, hands the work out as child jobs and steps
 * aside; BullMQ runs it again when all of them are done.
 */
@Processor(BATCHES_QUEUE)
export class BatchesProcessor extends WorkerHost implements OnModuleDestroy {
  private readonly logger = new Logger(BatchesProcessor.name);

  constructor(
    private readonly prices: PricesService,
    private readonly workQueues: WorkQueues,
  ) {
    super();
  }

  async process(job: Job<BatchJob, BatchSummary>, token = ''): Promise<BatchSummary> {
    if (!job.data.totals) await this.handOut(job);
    if (await job.moveToWaitingChildren(token)) throw new WaitingChildrenError();
    return this.summarise(job);
  }

  /** NOTE: on shutdown Nest closes queues before workers: a batch that hands out its jobs must be done by then. */
  async onModuleDestroy(): Promise<void> {
    await this.worker.close();
  }

  private async handOut(job: Job<BatchJob>): Promise<void> {
    const report = percentReporter((percent) => job.updateProgress(percent));
    const book = await this.prices.import((share) => report(Math.floor(share * 100)));
    const parent = { id: job.id ?? '', queue: job.queueQualifiedName };
    const totals = await this.workQueues.add(planBatch(book), parent);
    await job.updateData({ ...job.data, totals });
    await job.updateProgress(100);
  }

  private async summarise(job: Job<BatchJob>): Promise<BatchSummary> {
    const { processed = 0, ignored = 0 } = await job.getDependenciesCount({ processed: true, ignored: true });
    this.logger.log(`Batch ${job.id} is done: ${processed} jobs, ${ignored} failed`);
    return { jobs: processed + ignored, failed: ignored };
  }
}

/** Passes a percent on when it has moved by five or more. What it starts may fail unseen: it is news, not data. */
function percentReporter(send: (percent: number) => Promise<void>): (percent: number) => void {
  let sent = 0;
  return (percent) => {
    if (percent < sent + 5) return;
    sent = percent;
    send(percent).catch(() => {});
  };
}
