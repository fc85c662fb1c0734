import { Processor, WorkerHost } from '@nestjs/bullmq';
import type { Type } from '@nestjs/common';
import type { Job } from 'bullmq';

import { block } from '../support/block.js';
import { JOB_MS } from './cells.js';
import { leastGate } from './least-gate.js';
import type { JobData } from './job-source.js';
import type { Setup } from './setup.js';

/** One `@Processor` class per queue, as a Nest app has them. They wait to be told to run. */
export function createProcessors({ contestant, cell: { kind, shape } }: Setup): Type<WorkerHost>[] {
  const work = ({ data }: Job<JobData>): void => block(data.isEmpty ? 0 : JOB_MS[kind]);
  const workNaively = async (job: Job): Promise<void> => {
    await new Promise(setImmediate);
    work(job);
  };
  const workGated = async (job: Job): Promise<void> => {
    await leastGate();
    work(job);
  };
  const workPlainly = async (job: Job): Promise<void> => work(job);
  const process = { naive: workNaively, 'least gate': workGated, plain: workPlainly, headroom: workPlainly }[
    contestant
  ];
  return shape.queues.map((queue) => {
    @Processor(queue, { concurrency: shape.concurrency, autorun: false })
    class BenchProcessor extends WorkerHost {
      process = process;
    }
    return BenchProcessor;
  });
}
