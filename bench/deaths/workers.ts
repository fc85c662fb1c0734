import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type Worker, type WorkerOptions } from 'bullmq';

import type { Contestant } from './contestants.js';
import { HEAP_MB } from './deaths.js';
import type { Setup } from './setup.js';

/** A worker that runs, and the way to end the app that it is in. */
export interface RunningWorker {
  readonly worker: Worker;
  readonly close: () => Promise<void>;
}

type Start = (setup: Setup) => Promise<RunningWorker>;

export const START: Readonly<Record<Contestant, Start>> = {
  bullmq: bullMqAlone,
  'with-headroom': withHeadroom,
  isolated: isolatedProcessor,
};

/** Nothing in this process imports Headroom. */
async function bullMqAlone(setup: Setup): Promise<RunningWorker> {
  const { Worker } = await import('bullmq');
  const worker = new Worker(setup.queue, fileOf(setup), optionsOf(setup));
  return { worker, close: async () => worker.close() };
}

async function withHeadroom(setup: Setup): Promise<RunningWorker> {
  const { Worker } = await import('bullmq');
  const { ResilienceModule, withResilience } = await import('nestjs-headroom');
  @Module({ imports: [ResilienceModule.forRoot()] })
  class AppModule {}
  const app = await NestFactory.createApplicationContext(AppModule);
  const worker = new (withResilience(Worker))(setup.queue, fileOf(setup), optionsOf(setup));
  return {
    worker,
    close: async () => {
      await app.close();
      await worker.close();
    },
  };
}

async function isolatedProcessor(setup: Setup): Promise<RunningWorker> {
  const { BullModule, Processor, WorkerHost } = await import('@nestjs/bullmq');
  const { IsolatedProcessor, ResilienceModule } = await import('nestjs-headroom');
  const { queue, death } = setup;

  @Processor(queue)
  @IsolatedProcessor(fileOf(setup), {
    name: death.name,
    heap: `${HEAP_MB}mb`,
    timeoutMs: death.timeoutMs ?? false,
  })
  class DyingProcessor extends WorkerHost {
    async process(): Promise<never> {
      throw new Error('runs in a child');
    }
  }

  @Module({
    imports: [
      ResilienceModule.forRoot(),
      BullModule.forRoot(optionsOf(setup)),
      BullModule.registerQueue({ name: queue }),
    ],
    providers: [DyingProcessor],
  })
  class AppModule {}
  const app = await NestFactory.createApplicationContext(AppModule);
  return { worker: app.get(DyingProcessor).worker, close: async () => app.close() };
}

function fileOf({ death }: Setup): URL {
  return new URL(`./${death.file ?? 'dies-in-job'}.processor.js`, import.meta.url);
}

function optionsOf({ redisPort }: Setup): WorkerOptions {
  return {
    connection: { host: '127.0.0.1', port: redisPort },
    workerForkOptions: { execArgv: [`--max-old-space-size=${HEAP_MB}`] },
  };
}
