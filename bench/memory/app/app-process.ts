/** The app in the cgroup: the same for every contestant but for what is compared. */
import 'reflect-metadata';
import { type DynamicModule, type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';

import { PingController } from '../../support/ping.controller.js';
import { readSetup, serveParent } from '../../support/serve-parent.js';
import { FileController } from './file.controller.js';
import { HeadroomActs } from './headroom-acts.js';
import { createJobs } from './jobs.js';
import { protect } from './protections.js';
import { runJobs } from './run-jobs.js';
import type { AppSetup } from './setup.js';
import { WorkController } from './work.controller.js';

const setup = readSetup() as AppSetup;

/** Imported here alone: to import the library is to wrap the workers. */
async function resilience(): Promise<DynamicModule[]> {
  if (!setup.hasHeadroom) return [];
  const { ResilienceModule } = await import('nestjs-headroom');
  return [ResilienceModule.forRoot()];
}

const imports = await resilience();
const jobs = setup.jobs && createJobs(setup.jobs);

@Module({
  imports: [...imports, ...(jobs?.modules ?? [])],
  controllers: [PingController, WorkController, FileController],
  providers: jobs ? [jobs.processor] : [],
})
class AppModule {}

const adapter = setup.platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();
const app: INestApplication = await NestFactory.create(AppModule, adapter);
if (setup.protection) await protect(app, setup.protection);
await app.listen(0, '127.0.0.1');
const acts = new HeadroomActs(app);
const worker = jobs && app.get(jobs.processor).worker;
await worker?.waitUntilReady();

/** Until the process ends. */
function startJobs(): void {
  void worker!.run();
}

serveParent(
  { url: await app.getUrl() },
  {
    runJobs: () => runJobs(worker!, setup.jobs!.count),
    startJobs,
    countActs: () => acts.count(),
    takeActs: () => acts.take(),
  },
);
