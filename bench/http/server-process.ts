/** The app under load: one Nest app per contestant, the same but for what is compared. */
import 'reflect-metadata';
// Headroom wires BullMQ where it is installed. An app that has it installed loads it anyhow, and a heap of 4 MB more costs
// V8 more per collection: that is not what is compared.
import '@nestjs/bullmq';
import { type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';

import { PingController } from '../support/ping.controller.js';
import { readSetup, serveParent } from '../support/serve-parent.js';
import { settleHeap } from '../support/settle-heap.js';
import { modulesOf, protect } from './protections.js';
import type { Setup } from './setup.js';

const { platform, contestant } = readSetup() as Setup;
const imports = await modulesOf(contestant);

@Module({ imports, controllers: [PingController] })
class ServerModule {}

const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();
const app: INestApplication = await NestFactory.create(ServerModule, adapter);
await protect(app, contestant);
await app.listen(0, '127.0.0.1');
settleHeap();

/** CPU time of this process since the last call, all threads. */
function takeCpuMicros(): number {
  const { user, system } = process.cpuUsage(cpuBefore);
  cpuBefore = process.cpuUsage();
  return user + system;
}
let cpuBefore = process.cpuUsage();

serveParent({ url: `${await app.getUrl()}/ping` }, { takeCpuMicros });
