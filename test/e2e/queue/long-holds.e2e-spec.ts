import { Processor, WorkerHost } from '@nestjs/bullmq';
import type { Type } from '@nestjs/common';
import { type Job, type Queue, Worker } from 'bullmq';
import { MemoryCost } from 'nestjs-headroom';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { startRedis, type TestRedis } from '../../support/redis.js';
import { PressureDial } from '../pressure-dial.js';
import { QueueApp } from './queue-app.js';

const SOON = { timeout: 15_000, interval: 20 };

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

describe('a job that is held for long', () => {
  const dial = new PressureDial();
  const cleanUps: (() => Promise<unknown>)[] = [];
  let doneHere: string[];
  let doneElsewhere: string[];
  let app: QueueApp;
  let queue: Queue;

  beforeEach(() => {
    doneHere = [];
    doneElsewhere = [];
  });
  afterEach(async () => {
    dial.release();
    for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
  });

  const start = async (options = {}, maxHoldMs: number | false = 1000): Promise<Type<WorkerHost>> => {
    @MemoryCost('none')
    @Processor('work', options)
    class WorkProcessor extends WorkerHost {
      process = async (job: Job) => void doneHere.push(job.id!);
    }
    app = await QueueApp.start({
      redis,
      queues: [{ name: 'work' }],
      providers: [WorkProcessor],
      resilience: dial.options({ memory: { collectGarbage: false }, queue: { maxHoldMs } }),
    });
    cleanUps.push(() => app.close());
    queue = app.queue('work');
    cleanUps.push(() => queue.close());
    await dial.turnTo('critical', app.pressure);
    return WorkProcessor;
  };

  /** What another machine runs. */
  const startElsewhere = (): void => {
    const worker = new Worker('work', async (job) => void doneElsewhere.push(job.id!), {
      connection: app.connection,
      prefix: app.prefix,
      concurrency: 5,
    });
    cleanUps.push(() => worker.close());
  };

  const add = (count: number, opts = {}) =>
    queue.addBulk(Array.from({ length: count }, () => ({ name: 'work', data: {}, opts })));
  const held = () => app.workers.reports()[0]!.held;

  it('goes back to its queue, where a worker of another machine finds it', async () => {
    await start({ concurrency: 3 });
    const jobs = await add(3, { attempts: 2 });
    await vi.waitFor(() => expect(held()).toBe(3), SOON);
    await vi.waitFor(async () => expect((await queue.getJobCounts()).delayed).toBe(3), SOON);
    const line = /^warn held for 1s: 3 jobs went back to queue "work" for other machines$/;
    await vi.waitFor(() => expect(app.log.matching(line)).toHaveLength(1), SOON);
    expect((await queue.getJob(jobs[0]!.id!))!.attemptsMade).toBe(0);

    startElsewhere();
    await vi.waitFor(() => expect(doneElsewhere).toHaveLength(3), { ...SOON, timeout: 25_000 });
    await vi.waitFor(async () => expect((await queue.getJobCounts()).completed).toBe(3), SOON);
    expect(new Set(doneElsewhere).size).toBe(3);
    expect(doneHere).toEqual([]);
    expect(app.pressure.level).toBe('critical');
    const completed = await queue.getCompleted();
    expect(completed.map(({ attemptsMade }) => attemptsMade)).toEqual([1, 1, 1]);
    expect(app.workers.reports()).toMatchObject([{ held: 0, active: 0, completed: 0, failed: 0 }]);
  });

  it('comes back and runs here, once, when nobody else took it', async () => {
    await start();
    const [job] = await add(1);
    await vi.waitFor(async () => expect(await job!.getState()).toBe('delayed'), SOON);
    dial.release();
    await vi.waitFor(() => expect(doneHere).toEqual([job!.id]), SOON);
    await vi.waitFor(async () => expect(await job!.getState()).toBe('completed'), SOON);
    expect((await queue.getJob(job!.id!))!.attemptsMade).toBe(1);
  });

  it.each([1, 2])('stays when its starts are numbered (%d): it needs them for its attempts', async (most) => {
    await start({ maxStartedAttempts: most });
    const [job] = await add(1);
    await vi.waitFor(() => expect(held()).toBe(1), SOON);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(await job!.getState()).toBe('active');
    expect(held()).toBe(1);
    dial.release();
    await vi.waitFor(async () => expect(await job!.getState()).toBe('completed'), SOON);
    expect((await queue.getJob(job!.id!))!.attemptsStarted).toBe(1);
  });

  it('stays when it has a deduplication id: in the queue another one would take its place', async () => {
    await start();
    const deduplication = { id: 'one', replace: true };
    const job = await queue.add('reckon', { n: 1 }, { deduplication });
    await vi.waitFor(() => expect(held()).toBe(1), SOON);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    await queue.add('reckon', { n: 2 }, { deduplication });
    expect(await job.getState()).toBe('active');
    dial.release();
    await vi.waitFor(async () => expect(await job.getState()).toBe('completed'), SOON);
  });

  it('stays for as long as it takes with `maxHoldMs: false`', async () => {
    await start({}, false);
    const [job] = await add(1);
    await vi.waitFor(() => expect(held()).toBe(1), SOON);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(await job!.getState()).toBe('active');
  });

  it('goes back before its lock runs out, when locks are not renewed', async () => {
    await start({ skipLockRenewal: true, lockDuration: 1000, stalledInterval: 200 }, 60_000);
    const [job] = await add(1);
    startElsewhere();
    await vi.waitFor(() => expect(doneElsewhere).toEqual([job!.id]), SOON);
    expect((await queue.getJob(job!.id!))!.stalledCounter).toBe(0);
  });

  it('is given back at once when its worker is paused or closes meanwhile', async () => {
    const provider = await start({ concurrency: 2 }, 60_000);
    await add(2);
    await vi.waitFor(() => expect(held()).toBe(2), SOON);
    await app.app.get(provider).worker.pause();
    expect(await queue.getJobCounts()).toMatchObject({ waiting: 2, delayed: 0, active: 0 });
    void app.app.get(provider).worker.resume();
    await vi.waitFor(() => expect(held()).toBe(2), SOON);
    await app.close();
    expect(await queue.getJobCounts()).toMatchObject({ waiting: 2, delayed: 0, active: 0 });
    expect(doneHere).toEqual([]);
  });
});
