import { BullModule, Processor, WorkerHost } from '@nestjs/bullmq';
import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { type Job, Queue, QueueEvents, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import {
  MemoryCost,
  MemorySnapshot,
  ResilienceModule,
  withResilience,
  WorkerRegistry,
} from 'nestjs-headroom';
import { readdirSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import { startRedis, type TestRedis } from '../../support/redis.js';
import { PressureDial } from '../pressure-dial.js';

import { QueueApp } from './queue-app.js';
import { RecordingLogger } from './recording-logger.js';

const SOON = { timeout: 10_000, interval: 20 };

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

const dial = new PressureDial();
const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  dial.release();
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

async function start(options: Omit<Parameters<typeof QueueApp.start>[0], 'redis'>): Promise<QueueApp> {
  const app = await QueueApp.start({ redis, ...options });
  cleanUps.push(() => app.close());
  return app;
}

function recording(queue: string, done: string[], options = {}): Type<WorkerHost> {
  @MemoryCost('none')
  @Processor(queue, options)
  class RecordingProcessor extends WorkerHost {
    process = async (job: Job) => void done.push(job.id!);
  }
  return RecordingProcessor;
}

async function add(app: QueueApp, name: string, count = 1): Promise<Job[]> {
  const queue = app.queue(name);
  const jobs = await queue.addBulk(Array.from({ length: count }, () => ({ name: 'job', data: {} })));
  cleanUps.push(() => queue.close());
  return jobs;
}

const openFiles = () => readdirSync('/proc/self/fd').length;
const held = (app: QueueApp) => app.workers.reports().reduce((sum, report) => sum + report.held, 0);

describe('what is odd in the app does not reach its jobs', () => {
  it('providers without a prototype', async () => {
    const done: string[] = [];
    const app = await start({
      queues: [{ name: 'odd' }],
      providers: [
        recording('odd', done),
        { provide: 'NAMESPACE', useFactory: () => import('node:path') },
        { provide: 'BARE', useValue: Object.create(null) as object },
      ],
    });
    await add(app, 'odd', 3);
    await vi.waitFor(() => expect(done).toHaveLength(3), SOON);
    // BullMQ tells it a moment after the backend has it.
    await vi.waitFor(() => expect(app.workers.reports()).toMatchObject([{ completed: 3, failed: 0 }]), SOON);
  });

  it('a logger that throws', async () => {
    const done: string[] = [];
    const app = await start({ queues: [{ name: 'logger' }], providers: [recording('logger', done)] });
    for (const level of ['log', 'warn', 'error'] as const) {
      app.log[level] = () => {
        throw new Error('the transport has ended');
      };
    }
    await add(app, 'logger', 3);
    await vi.waitFor(() => expect(app.workers.reports()).toMatchObject([{ completed: 3, failed: 0 }]), SOON);
    expect(done).toHaveLength(3);
    class Service {
      @MemorySnapshot('logged')
      work() {
        return 'worked';
      }
    }
    expect(new Service().work()).toBe('worked');
  });
});

describe('two apps in one process', () => {
  it('each keep their own workers', async () => {
    const doneByA: string[] = [];
    const doneByB: string[] = [];
    const a = await start({ queues: [{ name: 'a' }], providers: [recording('a', doneByA)] });
    const b = await start({
      queues: [{ name: 'b', processors: [async (job: Job) => void doneByB.push(job.id!)] }],
    });
    expect(a.workers.reports()).toMatchObject([{ queue: 'a' }]);
    expect(b.workers.reports()).toMatchObject([{ queue: 'b' }]);
    expect(b.log.matching(/does not wrap/)).toEqual([]);
    await b.close();
    await add(a, 'a');
    await vi.waitFor(() => expect(doneByA).toHaveLength(1), SOON);
    // Nest's logger is one per process: the newest app's.
    expect(b.log.matching(/task end .*job=a:job#1/)).toHaveLength(1);
  });

  it.each(['one after the other', 'at once'])('of one module, started %s, keep them', async (how) => {
    const done: string[] = [];
    const processors = [async (job: Job) => void done.push(job.id!)];
    const connection = { url: redis.url };
    const prefix = `same-module ${how}`;
    const queue = BullModule.registerQueue({ name: 'same', connection, prefix, processors });
    const log = new RecordingLogger();
    const make = async () => {
      const imports = [queue, ResilienceModule.forRoot()];
      return (await Test.createTestingModule({ imports }).setLogger(log).compile()).init();
    };
    const [first, second] =
      how === 'at once' ? await Promise.all([make(), make()]) : [await make(), await make()];
    cleanUps.push(() => first.close());
    for (const one of [first, second]) expect(one.get(WorkerRegistry).reports()).toHaveLength(1);
    expect(log.matching(/does not wrap/)).toEqual([]);
    await second.close();
    expect(first.get(WorkerRegistry).reports()).toMatchObject([{ isClosing: false, isPaused: false }]);
    const adding = new Queue('same', { connection, prefix });
    cleanUps.push(() => adding.close());
    await adding.add('job', {});
    await vi.waitFor(() => expect(done).toHaveLength(1), SOON);
  });

  it('close no worker that was made by hand for the other', async () => {
    const done: string[] = [];
    const main = await start({ queues: [{ name: 'by-hand' }] });
    const second = await start({ queues: [{ name: 'other' }] });
    const { connection, prefix } = main;
    const process = async ({ id }: Job) => void done.push(id!);
    const worker = new (withResilience(Worker))('by-hand', process, { connection, prefix });
    cleanUps.push(() => worker.close());
    await worker.waitUntilReady();
    await second.close();
    expect(main.workers.reports()).toMatchObject([{ queue: 'by-hand', isPaused: false, isClosing: false }]);
    await add(main, 'by-hand');
    await vi.waitFor(() => expect(done).toEqual(['1']), SOON);
    // The last one lets its jobs end, whoever made it.
    await main.close();
    expect(worker.closing).toBeDefined();
  });

  it('close without the other, with a job held at critical', async () => {
    const done: string[] = [];
    const resilience = dial.options({ memory: { collectGarbage: false } });
    const a = await start({ queues: [{ name: 'a' }], providers: [recording('a', done)], resilience });
    await dial.turnTo('critical', a.pressure);
    const [job] = await add(a, 'a');
    await vi.waitFor(() => expect(held(a)).toBe(1), SOON);
    await start({ queues: [{ name: 'b' }], providers: [recording('b', done)], resilience });
    await a.close();
    expect(await job!.getState()).toBe('waiting');
    expect(done).toEqual([]);
  });
});

it('an app that fails to start leaves nothing behind, and the living one protects on', async () => {
  const done: string[] = [];
  const app = await start({
    queues: [{ name: 'living' }],
    providers: [recording('living', done)],
    resilience: dial.options({ memory: { collectGarbage: false } }),
  });
  const before = openFiles();
  class FailingModule {}
  const failing = {
    module: FailingModule,
    imports: [ResilienceModule.forRoot({ turnGate: { sliceMs: 0 } })],
    providers: [{ provide: 'FAILS', useFactory: () => Promise.reject(new Error('no database')) }],
  };
  for (let times = 0; times < 10; times++) {
    const starting = NestFactory.createApplicationContext(failing, { logger: false, abortOnError: false });
    await expect(starting).rejects.toThrow('no database');
  }
  expect(openFiles()).toBeLessThanOrEqual(before + 2);

  await dial.turnTo('critical', app.pressure);
  await add(app, 'living');
  await vi.waitFor(() => expect(held(app)).toBe(1), SOON);
  expect(done).toEqual([]);
});

it('a worker that is resumed while the app closes takes no job', async () => {
  const done: string[] = [];
  @MemoryCost('none')
  @Processor('resumed', { concurrency: 2 })
  class SlowProcessor extends WorkerHost {
    async process({ id }: Job) {
      await wait(500);
      done.push(id!);
    }
  }
  const app = await start({ queues: [{ name: 'resumed' }], providers: [SlowProcessor] });
  const { worker } = app.app.get(SlowProcessor);
  await add(app, 'resumed');
  await vi.waitFor(() => expect(app.workers.reports()).toMatchObject([{ active: 1 }]), SOON);
  const closing = app.close();
  await vi.waitFor(() => expect(worker.isPaused()).toBe(true), SOON);
  const [late] = await add(app, 'resumed');
  await worker.resume();
  await closing;
  expect(done).toEqual(['1']);
  expect(await late!.getState()).toBe('waiting');
});

it('a held job whose lock was lost is left to whoever has it', async () => {
  const done: string[] = [];
  const app = await start({
    queues: [{ name: 'lost' }],
    providers: [recording('lost', done, { lockDuration: 1000, skipLockRenewal: true, stalledInterval: 300 })],
    resilience: dial.options({ memory: { collectGarbage: false }, queue: { maxHoldMs: false } }),
  });
  await dial.turnTo('critical', app.pressure);
  const [job] = await add(app, 'lost');
  await vi.waitFor(() => expect(held(app)).toBe(1), SOON);

  const elsewhere = new Worker('lost', async (taken) => void done.push(`elsewhere ${taken.id}`), {
    connection: app.connection,
    prefix: app.prefix,
    stalledInterval: 300,
  });
  cleanUps.push(() => elsewhere.close());
  await vi.waitFor(async () => expect(await job!.getState()).toBe('completed'), SOON);
  expect(held(app)).toBe(1);
  await dial.turnTo('normal', app.pressure);
  await vi.waitFor(() => expect(held(app)).toBe(0), SOON);
  await add(app, 'lost');
  await vi.waitFor(() => expect(done).toHaveLength(2), SOON);
  expect(done.filter((one) => one.endsWith('1'))).toEqual(['elsewhere 1']);
});

it('a worker that is not to run is healthy, and one that the app runs is wrapped', async () => {
  const done: string[] = [];
  const provider = recording('manual', done, { autorun: false });
  const app = await start({ queues: [{ name: 'manual' }], providers: [provider] });
  expect((await fetch(`${app.url}/health/ready`)).status).toBe(200);
  void app.app.get(provider).worker.run();
  await add(app, 'manual');
  await vi.waitFor(() => expect(done).toHaveLength(1), SOON);
  expect((await fetch(`${app.url}/health/ready`)).status).toBe(200);
});

it('a job that waits for a job of another queue gets its answer at elevated pressure', async () => {
  const done: string[] = [];
  let app!: QueueApp;
  @MemoryCost('none')
  @Processor('parent')
  class ParentProcessor extends WorkerHost {
    async process(): Promise<void> {
      const queue = app.queue('child');
      const events = new QueueEvents('child', { connection: app.connection, prefix: app.prefix });
      await events.waitUntilReady();
      const child = await queue.add('child', {});
      await child.waitUntilFinished(events, 8000);
      await Promise.all([events.close(), queue.close()]);
      done.push('parent');
    }
  }
  app = await start({
    queues: [{ name: 'parent' }, { name: 'child' }],
    providers: [ParentProcessor, recording('child', done)],
    // At the upper end of elevated the allowance is one job for the whole process.
    resilience: dial.options({
      memory: { collectGarbage: false },
      pressure: { elevated: 0.5, critical: 0.88, exitMargin: 0.01 },
    }),
  });
  await dial.turnTo('elevated', app.pressure);
  await add(app, 'parent');
  await vi.waitFor(() => expect(done).toEqual(['1', 'parent']), SOON);
});

it('held jobs keep their order when they go back to their queue', async () => {
  const done: string[] = [];
  const provider = recording('order', done, { concurrency: 4 });
  const app = await start({
    queues: [{ name: 'order' }],
    providers: [provider],
    resilience: dial.options({ memory: { collectGarbage: false } }),
  });
  await dial.turnTo('critical', app.pressure);
  const jobs = await add(app, 'order', 8);
  await vi.waitFor(() => expect(held(app)).toBe(4), SOON);
  const { worker } = app.app.get(provider);
  await worker.pause();
  await dial.turnTo('normal', app.pressure);
  await worker.resume();
  await vi.waitFor(() => expect(done).toHaveLength(8), SOON);
  expect(done).toEqual(jobs.map(({ id }) => id));
});

it('a Redis that is gone for a while loses and doubles nothing that is held', async () => {
  const done: string[] = [];
  const app = await start({
    queues: [{ name: 'away' }],
    providers: [recording('away', done, { concurrency: 3 })],
    resilience: dial.options({ memory: { collectGarbage: false } }),
  });
  await dial.turnTo('critical', app.pressure);
  await add(app, 'away', 6);
  await vi.waitFor(() => expect(held(app)).toBe(3), SOON);
  const control = new Redis(redis.url);
  // Nothing is answered for two seconds, and every connection is cut.
  await control.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await control.client('PAUSE', 2000);
  control.disconnect();
  dial.release();
  await vi.waitFor(() => expect(done).toHaveLength(6), { timeout: 20_000, interval: 50 });
  expect(new Set(done).size).toBe(6);
});

it('a class that is wrapped twice is wrapped once', () => {
  const once = withResilience(Worker);
  expect(withResilience(once)).toBe(once);
});
