import { Processor, WorkerHost } from '@nestjs/bullmq';
import { Controller, Get, type Type } from '@nestjs/common';
import { type Job, Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { type ResilienceOptions, YieldBetweenJobs } from 'nestjs-headroom';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { startProbe } from '../../support/probe.js';
import { startRedis, type TestRedis } from '../../support/redis.js';
import { QueueApp } from './queue-app.js';
import { block, Turns } from './work.js';

const JOBS = 200;
const JOB_MS = 20;

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

/** What the processors saw, and how many jobs had ended each time that a request was answered. */
class Journal {
  readonly turns = new Turns();
  readonly startTurns: number[] = [];
  readonly ids: string[] = [];
  readonly endedAtRequest = new Set<number>();
}

function processorFor(queue: string, concurrency: number, journal: Journal): Type {
  @Processor(queue, { concurrency })
  class CpuProcessor extends WorkerHost {
    process(job: Job): Promise<void> {
      journal.startTurns.push(journal.turns.count);
      block(JOB_MS);
      journal.ids.push(`${queue}:${job.id}`);
      return Promise.resolve();
    }
  }
  return CpuProcessor;
}

async function run(queues: string[], concurrency: number): Promise<Journal> {
  const journal = new Journal();
  @Controller()
  class PingController {
    @Get('ping')
    ping() {
      journal.endedAtRequest.add(journal.ids.length);
      return 'pong';
    }
  }
  const app = await QueueApp.start({
    redis,
    queues: queues.map((name) => ({ name })),
    providers: queues.map((queue) => processorFor(queue, concurrency, journal)),
    controllers: [PingController],
  });
  const probe = await startProbe(`${app.url}/ping`);
  const perQueue = JOBS / queues.length;
  for (const name of queues) {
    const queue = app.queue(name);
    await queue.addBulk(Array.from({ length: perQueue }, () => ({ name: 'cpu', data: {} })));
    await queue.close();
  }
  await vi.waitFor(() => expect(journal.ids).toHaveLength(JOBS), { timeout: 25_000, interval: 50 });
  journal.turns.stop();
  const report = await probe.stop();
  expect(report.failures).toBe(0);
  await app.close();
  return journal;
}

describe('the turn gate, with 200 jobs of 20 ms', () => {
  it.each([
    { shape: 'one queue at concurrency 10', queues: ['cpu'], concurrency: 10 },
    { shape: 'five queues at concurrency 1', queues: ['a', 'b', 'c', 'd', 'e'], concurrency: 1 },
    { shape: 'five queues at concurrency 10', queues: ['a', 'b', 'c', 'd', 'e'], concurrency: 10 },
  ])(
    'starts one job per turn in $shape, and requests are answered in between',
    async ({ queues, concurrency }) => {
      const journal = await run(queues, concurrency);
      expect(new Set(journal.ids).size).toBe(JOBS);
      expect(new Set(journal.startTurns).size).toBe(JOBS);
      // Without the gate requests are answered once per ten jobs; with it, after nearly every one.
      expect(journal.endedAtRequest.size).toBeGreaterThan(JOBS / 4);
    },
  );

  it('starts one per turn of those, too, that have lost a lock before', async () => {
    const prefix = `lost-before-${process.pid}`;
    const connection = { url: redis.url };
    const queue = new Queue('lost', { connection, prefix });
    const jobs = await queue.addBulk(Array.from({ length: 30 }, () => ({ name: 'cpu', data: {} })));
    const client = new Redis(redis.url);
    for (const job of jobs) {
      await client.hset(`${prefix}:lost:${job.id}`, 'stc', 1);
      await job.log('[headroom] starts again with lock 2; its process seems to have died with lock 1');
      await job.log('[headroom] ended with lock 2, its process lives');
    }
    await client.quit();
    const journal = new Journal();
    const providers = [processorFor('lost', 10, journal)];
    const app = await QueueApp.start({ redis, prefix, queues: [{ name: 'lost' }], providers });
    await vi.waitFor(() => expect(journal.ids).toHaveLength(30), { timeout: 25_000, interval: 50 });
    journal.turns.stop();
    await app.close();
    await queue.close();
    expect(new Set(journal.startTurns).size).toBe(30);
  });

  it('takes the slice from @YieldBetweenJobs, in place of the module-wide one', async () => {
    @YieldBetweenJobs({ sliceMs: 0 })
    @Processor('tiny', { concurrency: 20 })
    class TinyProcessor extends Tiny {}
    const perTurn = await startsPerTurn(TinyProcessor, { sliceMs: 1000 });
    expect(new Set(perTurn)).toEqual(new Set([1]));
  });

  it.each([
    { turnGate: { sliceMs: 0 }, least: 1, most: 1 },
    { turnGate: { sliceMs: 0, startsPerTurn: 4 }, least: 2, most: 4 },
    { turnGate: {}, least: 2, most: JOBS },
  ])('starts as many tiny jobs in a turn as $turnGate says', async ({ turnGate, least, most }) => {
    @Processor('tiny', { concurrency: 20 })
    class TinyProcessor extends Tiny {}
    const perTurn = await startsPerTurn(TinyProcessor, turnGate);
    expect(Math.max(...perTurn)).toBeGreaterThanOrEqual(least);
    expect(Math.max(...perTurn)).toBeLessThanOrEqual(most);
  });
});

/** Notes the turns in which its jobs start. */
class Tiny extends WorkerHost {
  readonly turns = new Turns();
  readonly startTurns: number[] = [];

  process(): Promise<void> {
    this.startTurns.push(this.turns.count);
    return Promise.resolve();
  }
}

/** How many of 200 jobs that do nothing start in each of the turns in which any does. */
async function startsPerTurn(
  processor: Type<Tiny>,
  turnGate: NonNullable<ResilienceOptions['turnGate']>,
): Promise<number[]> {
  const app = await QueueApp.start({
    redis,
    queues: [{ name: 'tiny' }],
    providers: [processor],
    resilience: { turnGate },
  });
  const { turns, startTurns } = app.app.get(processor);
  const queue = app.queue('tiny');
  await queue.addBulk(Array.from({ length: JOBS }, () => ({ name: 'tiny', data: {} })));
  await vi.waitFor(() => expect(startTurns).toHaveLength(JOBS), { timeout: 20_000 });
  turns.stop();
  await queue.close();
  await app.close();
  const counts = new Map<number, number>();
  for (const turn of startTurns) counts.set(turn, (counts.get(turn) ?? 0) + 1);
  return [...counts.values()];
}
