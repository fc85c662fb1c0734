import { Agent, get } from 'node:http';
import { type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ResilienceModule } from 'nestjs-headroom';

import type { Platform } from '../http/contestants.js';
import { PingController } from '../support/ping.controller.js';

const REQUESTS = 400;
const CONNECTIONS = 20;

/** CPU time per request, microseconds, the client's included: one figure per round. */
export interface CpuOfRequests {
  readonly watched: readonly number[];
  readonly notWatched: readonly number[];
}

/**
 * Two apps in one process, asked by turns, some milliseconds each: what is compared is smaller than what two processes
 * differ by on a machine that has other work.
 */
export async function compareRequests(platform: Platform, rounds: number): Promise<CpuOfRequests> {
  const apps = [await start(platform, 500), await start(platform, false)];
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const urls = await Promise.all(apps.map(async (app) => `${await app.getUrl()}/ping`));
  const figures: [number[], number[]] = [[], []];
  const warmUp = 10;
  for (let round = -warmUp; round < rounds; round++) {
    for (const which of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      const micros = await cpuOf(urls[which]!, agent);
      if (round >= 0) figures[which].push(micros);
    }
  }
  agent.destroy();
  for (const app of apps) await app.close();
  return { watched: figures[0], notWatched: figures[1] };
}

async function start(platform: Platform, stallMs: number | false): Promise<INestApplication> {
  // A class of its own: the handlers of a controller are marked once, for all apps of the process.
  class OwnPingController extends PingController {}
  @Module({
    imports: [ResilienceModule.forRoot({ eventLoop: { stallMs } })],
    controllers: [stallMs === false ? PingController : OwnPingController],
  })
  class PingModule {}
  const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();
  const app: INestApplication = await NestFactory.create(PingModule, adapter, { logger: false });
  await app.listen(0, '127.0.0.1');
  return app;
}

async function cpuOf(url: string, agent: Agent): Promise<number> {
  const before = process.cpuUsage();
  let left = REQUESTS;
  const client = async (): Promise<void> => {
    while (left-- > 0) await request(url, agent);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / REQUESTS;
}

async function request(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => void response.resume().once('end', resolve)).once('error', reject);
  });
}
