import { randomBytes } from 'node:crypto';
import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import type { Job, Queue } from 'bullmq';
import {
  overallPercent,
  queueProgress,
  type BatchProgress,
  type ChildIds,
  type StepState,
} from './batch-progress.js';
import { BATCHES_QUEUE, type BatchJob, type BatchSummary } from './batches.queue.js';

type StoredBatch = Job<BatchJob, BatchSummary>;

@Injectable()
export class BatchesService {
  constructor(@InjectQueue(BATCHES_QUEUE) private readonly queue: Queue<StoredBatch>) {}

  /** A batch whose id is known already is not started again. */
  async start(startedBy: string, id = `batch-${randomBytes(4).toString('hex')}`): Promise<string> {
    await this.queue.add('batch', { startedBy }, { jobId: id });
    return id;
  }

  async progress(id: string): Promise<BatchProgress | undefined> {
    const known = id === 'latest' ? await this.latestId() : id;
    if (known === undefined) return undefined;

    // The state first: a batch that ends between the two reads is not told as done without its summary.
    const state = stepState(await this.queue.getJobState(known));
    const job = await this.queue.getJob(known);
    return job && this.progressOf(job, state);
  }

  private async latestId(): Promise<string | undefined> {
    const recent = await this.queue.getJobs(
      ['active', 'waiting-children', 'waiting', 'completed', 'failed'],
      0,
      10,
    );
    return recent.toSorted((left, right) => right.timestamp - left.timestamp)[0]?.id;
  }

  private async progressOf(job: StoredBatch, state: StepState): Promise<BatchProgress> {
    const queues = queueProgress(job.data.totals, await childIds(job));
    const importPercent = job.data.totals ? 100 : Number(job.progress);
    return {
      id: job.id ?? '',
      state,
      percent: state === 'done' ? 100 : overallPercent(importPercent, queues),
      startedBy: job.data.startedBy,
      startedAt: new Date(job.timestamp).toISOString(),
      ...(job.finishedOn && { finishedAt: new Date(job.finishedOn).toISOString() }),
      ...(job.failedReason && { error: job.failedReason }),
      ...(job.returnvalue && { summary: job.returnvalue }),
      import: { state: job.data.totals ? 'done' : state, percent: importPercent },
      queues,
    };
  }
}

function stepState(state: string): StepState {
  if (state === 'completed') return 'done';
  if (state === 'active' || state === 'waiting-children') return 'running';
  return state === 'failed' ? 'failed' : 'waiting';
}

/** NOTE: child keys end in the job's id; what failed is listed apart as `ignored`. */
async function childIds(job: StoredBatch): Promise<ChildIds> {
  const { processed = {}, ignored = {} } = await job.getDependencies();
  return { done: Object.keys(processed), failed: Object.keys(ignored) };
}
