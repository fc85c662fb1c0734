/** The app that runs the jobs: one Nest app per contestant, the same but for what is compared. */
import 'reflect-metadata';
import { BullModule } from '@nestjs/bullmq';
import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

import { PingController } from '../support/ping.controller.js';
import { readSetup, serveParent } from '../support/serve-parent.js';
import { settleHeap } from '../support/settle-heap.js';
import { createProcessors } from './processors.js';
import { prefixOf, type Setup } from './setup.js';
import { timeLap, warmUp } from './stopwatch.js';

const setup = readSetup() as Setup;
const { contestant, cell, redisPort } = setup;

/** Twenty minutes of them. */
const WARM_SAMPLES = 5000;

interface Sampler {
  sampleNow(): unknown;
}

/** Imported here alone: to import the library is to wrap the workers. */
async function resilience(): Promise<{ imports: DynamicModule[]; sampler?: Type<Sampler> }> {
  if (contestant !== 'headroom') return { imports: [] };
  const { ResilienceModule, VitalsService } = await import('nestjs-headroom');
  return { imports: [ResilienceModule.forRoot()], sampler: VitalsService };
}

const { imports, sampler } = await resilience();
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
  {
    warmUp: warmAll,
    lap: () => timeLap(workers, cell.jobs),
    probedLap: () => timeLap(workers, cell.probedJobs),
  },
);

/** A worker runs for days: what it does for each job is warm by then, and so is what it does four times a second. */
async function warmAll(): Promise<void> {
  if (sampler) await takeSamples(app.get<Sampler>(sampler));
  await warmUp(workers, cell);
}

async function takeSamples(from: Sampler): Promise<void> {
  for (let sample = 0; sample < WARM_SAMPLES; sample++) {
    from.sampleNow();
    if (sample % 50 === 0) await new Promise(setImmediate);
  }
}
