import { Processor, WorkerHost } from '@nestjs/bullmq';
import type { Type } from '@nestjs/common';

import { JOB_MS } from './cells.js';
import type { Setup } from './setup.js';

/** One `@Processor` class per queue, as a Nest app has them. They wait to be told to run. */
export function createProcessors({ contestant, cell: { kind, shape } }: Setup): Type<WorkerHost>[] {
  const work = (): void => block(JOB_MS[kind]);
  const workNaively = async (): Promise<void> => {
    await new Promise(setImmediate);
    work();
  };
  const process = contestant === 'naive' ? workNaively : async () => work();
  return shape.queues.map((queue) => {
    @Processor(queue, { concurrency: shape.concurrency, autorun: false })
    class BenchProcessor extends WorkerHost {
      process = process;
    }
    return BenchProcessor;
  });
}

/** By the clock, so that the job's length is the same however busy the machine is. */
function block(ms: number): void {
  if (ms === 0) return;
  const end = performance.now() + ms;
  while (performance.now() < end);
}
