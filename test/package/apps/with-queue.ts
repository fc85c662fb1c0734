/** What a user writes who has a queue; dist.spec.ts compiles and runs it against the packed package. */
import 'reflect-metadata';
import { BullModule, getQueueToken, Processor, WorkerHost } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type Job, type Queue, QueueEvents } from 'bullmq';
import { ResilienceModule, WorkerRegistry, YieldBetweenJobs, yieldIfDue } from 'nestjs-headroom';

const connection = { url: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379' };

@Processor('sums')
@YieldBetweenJobs({ sliceMs: 5 })
class SumProcessor extends WorkerHost {
  async process(job: Job<number[]>): Promise<number> {
    let sum = 0;
    for (const value of job.data) {
      sum += value;
      await yieldIfDue();
    }
    return sum;
  }
}

@Module({
  imports: [
    ResilienceModule.forRoot(),
    BullModule.forRoot({ connection }),
    BullModule.registerQueue({ name: 'sums' }),
  ],
  providers: [SumProcessor],
})
class AppModule {}

const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
const events = new QueueEvents('sums', { connection });
await events.waitUntilReady();
const queue: Queue<number[], number> = app.get(getQueueToken('sums'));
const job = await queue.add('sum', [1, 2, 3]);
const sum = await job.waitUntilFinished(events);
const wrapped = app.get(WorkerRegistry).reports();
await events.close();
await app.close();
process.stdout.write(JSON.stringify({ sum, wrapped: wrapped.map(({ queue: name }) => name) }));
