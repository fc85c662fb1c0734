import 'reflect-metadata';
import { BullModule, Processor, WorkerHost } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { IsolatedProcessor, ResilienceModule } from 'nestjs-headroom';

import type { Setup } from '../setup.js';
import { jobRunner, QUEUE } from './job-runner.js';
import type { Runner } from './runner.js';

const FILE = new URL('../work.processor.js', import.meta.url);

export async function runIsolatedJobs(setup: Setup): Promise<Runner> {
  const { concurrency, redisPort } = setup;

  @Processor(QUEUE, { concurrency })
  @IsolatedProcessor(FILE, { warm: true })
  class BenchProcessor extends WorkerHost {
    async process(): Promise<never> {
      throw new Error('runs in a child');
    }
  }

  @Module({
    imports: [
      ResilienceModule.forRoot({ isolation: { maxChildren: concurrency } }),
      BullModule.forRoot({ connection: { host: '127.0.0.1', port: redisPort } }),
      BullModule.registerQueue({ name: QUEUE }),
    ],
    providers: [BenchProcessor],
  })
  class JobsModule {}

  const app = await NestFactory.createApplicationContext(JobsModule);
  return jobRunner(app.get(BenchProcessor).worker, setup);
}
