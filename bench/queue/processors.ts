import { Processor, WorkerHost } from '@nestjs/bullmq';
import type { Type } from '@nestjs/common';
import type { Job } from 'bullmq';

import { JOB_MS } from './cells.js';
import type { JobData } from './job-source.js';
import type { Setup } from './setup.js';

/** One `@Processor` class per queue, as a Nest app has them. They wait to be told to run. */
export function createProcessors({ contestant, cell: { kind, shape } }: Setup): Type<WorkerHost>[] {
  const work = ({ data }: Job<JobData>): void => block(data.isEmpty ? 0 : JOB_MS[kind]);
  const workNaively = async (job: Job): Promise<void> => {
    await new Promise(setImmediate);
    work(job);
  };
  const process = contestant === 'naive' ? workNaively : async (job: Job) => work(job);
  return shape.queues.map((queue) => {
    @Processor(queue, { concurrency: shape.concurrency, autorun: false })
    class BenchProcessor extends WorkerHost {
      process = process;
    }
    return BenchProcessor;
  });
}

/**
 * By the clock, so that the job's length is the same however busy the machine is. It is read seldom: each reading is
 * garbage, some megabytes in 20 ms, which V8 likes to collect between two turns of the loop. There it would count
 * against those who let the loop turn, and within the job against nobody.
 */
function block(ms: number): void {
  if (ms === 0) return;
  const end = performance.now() + ms;
  while (performance.now() < end) count();
}

let counted = 0;

function count(): void {
  for (let i = 0; i < 10_000; i++) counted = (counted + i) % 1_000_003;
}
