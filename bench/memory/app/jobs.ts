import { setTimeout as delay } from 'node:timers/promises';
import { BullModule, Processor, WorkerHost } from '@nestjs/bullmq';
import type { DynamicModule, Type } from '@nestjs/common';
import type { Job } from 'bullmq';

import { hold } from './held-memory.js';
import { JobLedger } from './job-ledger.js';
import type { JobsSetup } from './setup.js';

export const QUEUE = 'memory';

export interface Jobs {
  readonly modules: readonly DynamicModule[];
  readonly processor: Type<WorkerHost>;
}

/** A plain `@Processor` that waits to be told to run; a job writes down its id when it is done. */
export function createJobs({ redisPort, concurrency, kind, megabytes, holdMs }: JobsSetup): Jobs {
  const ledger = new JobLedger(redisPort);

  @Processor(QUEUE, { concurrency, autorun: false })
  class MemoryProcessor extends WorkerHost {
    async process(job: Job): Promise<number> {
      const held = hold(kind, megabytes);
      await delay(holdMs);
      await ledger.add(job.id!);
      return held.use();
    }
  }

  return {
    modules: [
      BullModule.forRoot({ connection: { host: '127.0.0.1', port: redisPort } }),
      BullModule.registerQueue({ name: QUEUE }),
    ],
    processor: MemoryProcessor,
  };
}
