/** The app that runs the jobs: one Nest app per contestant, the same but for what is compared. */
import 'reflect-metadata';
import { BullModule } from '@nestjs/bullmq';
import { type DynamicModule, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

import { PingController } from '../support/ping.controller.js';
import { readSetup, serveParent } from '../support/serve-parent.js';
import { settleHeap } from '../support/settle-heap.js';
import { createProcessors } from './processors.js';
import { prefixOf, type Setup } from './setup.js';
import { timeLap, warmUp } from './stopwatch.js';

const setup = readSetup() as Setup;
const { contestant, cell, redisPort } = setup;

/** Imported here alone: to import the library is to wrap the workers. */
async function resilience(): Promise<DynamicModule[]> {
  if (contestant !== 'headroom') return [];
  const { ResilienceModule } = await import('nestjs-headroom');
  return [ResilienceModule.forRoot()];
}

const imports = await resilience();
const processors = createProcessors(setup);

@Module({
  imports: [
    ...imports,
    BullModule.forRoot({ connection: { host: '127.0.0.1', port: redisPort }, prefix: prefixOf(contestant) }),
    BullModule.registerQueue(...cell.shape.queues.map((name) => ({ name }))),
  ],
  controllers: [PingController],
  providers: processors,
})
class WorkerModule {}

const app = await NestFactory.create(WorkerModule);
await app.listen(0, '127.0.0.1');
const workers = processors.map((processor) => app.get(processor).worker);
await Promise.all(workers.map((worker) => worker.waitUntilReady()));
settleHeap();
serveParent(
  { url: `${await app.getUrl()}/ping` },
  { warmUp: () => warmUp(workers, cell), lap: () => timeLap(workers, cell) },
);
