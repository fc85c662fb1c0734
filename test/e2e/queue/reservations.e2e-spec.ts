import { Processor, WorkerHost } from '@nestjs/bullmq';
import type { Type } from '@nestjs/common';
import type { Job, Queue } from 'bullmq';
import { MemoryCost, type MemoryCostByJobName, type MemoryCostValue, MemoryLedger } from 'nestjs-headroom';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import { startRedis, type TestRedis } from '../../support/redis.js';
import { PressureDial } from '../pressure-dial.js';
import { QueueApp } from './queue-app.js';

const SOON = { timeout: 10_000, interval: 20 };
/**
 * The dial's limit leaves room for about 190 MB of jobs: for one, and by far not for two. How much it is goes up and
 * down by tens of megabytes with the free pages of the heap, which may be filled too.
 */
const COST = '150mb';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

/** How many jobs of each name run, how many did at most, and which have ended. */
class Runs {
  readonly now = new Map<string, number>();
  readonly most = new Map<string, number>();
  readonly ended: string[] = [];

  async of<T>(job: Job, work: () => Promise<T>): Promise<T> {
    const running = (this.now.get(job.name) ?? 0) + 1;
    this.now.set(job.name, running);
    this.most.set(job.name, Math.max(running, this.most.get(job.name) ?? 0));
    try {
      return await work();
    } finally {
      this.now.set(job.name, this.now.get(job.name)! - 1);
      this.ended.push(`${job.name}#${job.id}`);
    }
  }
}

describe('what a job is declared to take', () => {
  const dial = new PressureDial();
  let app: QueueApp;
  let queue: Queue;
  let runs: Runs;

  afterEach(async () => {
    dial.release();
    await queue.close();
    await app.close();
  });

  const processor = (
    cost: MemoryCostValue | MemoryCostByJobName,
    work: (job: Job, signal?: AbortSignal) => Promise<void> = () => wait(60),
  ): Type<WorkerHost> => {
    runs = new Runs();
    @MemoryCost(cost)
    @Processor('memory', { concurrency: 6 })
    class MemoryProcessor extends WorkerHost {
      process = (job: Job, _token?: string, signal?: AbortSignal) => runs.of(job, () => work(job, signal));
    }
    return MemoryProcessor;
  };

  const start = async (provider: Type<WorkerHost>) => {
    app = await QueueApp.start({
      redis,
      queues: [{ name: 'memory' }],
      providers: [provider],
      resilience: dial.options({ memory: { collectGarbage: false } }),
    });
    queue = app.queue('memory');
  };

  const add = (name: string, count: number, opts = {}) =>
    queue.addBulk(Array.from({ length: count }, () => ({ name, data: {}, opts })));
  const reserved = () =>
    app.app
      .get(MemoryLedger)
      .report()
      .kinds.map(({ inFlight }) => inFlight);

  it('bounds how many run at once, and all run once, in order', async () => {
    await start(processor(COST));
    const jobs = await add('build', 6);
    await vi.waitFor(() => expect(runs.ended).toHaveLength(6), SOON);
    expect(runs.most.get('build')).toBe(1);
    expect(runs.ended).toEqual(jobs.map(({ id }) => `build#${id}`));
    expect(app.pressure.level).toBe('normal');
    await vi.waitFor(() => expect(reserved()).toEqual([0]), SOON);
  });

  it('lets jobs that are free pass those that wait', async () => {
    await start(processor({ build: COST, ping: 'none' }, (job) => wait(job.name === 'build' ? 400 : 5)));
    await add('build', 3);
    await vi.waitFor(() => expect(app.workers.reports()).toMatchObject([{ active: 1, held: 2 }]), SOON);
    await add('ping', 20);
    await vi.waitFor(() => expect(runs.ended).toHaveLength(23), SOON);
    expect(runs.most.get('build')).toBe(1);
    expect(runs.ended.findLastIndex((one) => one.startsWith('ping'))).toBeLessThan(22);
  });

  it('is free again when a job throws', async () => {
    await start(
      processor(COST, async (job) => {
        await wait(20);
        if (Number(job.id) % 2 === 1) throw new Error('odd');
      }),
    );
    await add('build', 6);
    await vi.waitFor(() => expect(runs.ended).toHaveLength(6), SOON);
    await vi.waitFor(() => expect(app.workers.reports()).toMatchObject([{ completed: 3, failed: 3 }]), SOON);
    expect(reserved()).toEqual([0]);
  });

  it('is free again when a job is cancelled, and one that waits starts for its end when it is', async () => {
    const provider = processor(COST, async (_job, signal) => {
      await wait(signal!.aborted ? 0 : 30_000, undefined, { signal: signal!.aborted ? undefined : signal });
      signal!.throwIfAborted();
    });
    await start(provider);
    const jobs = await add('build', 3);
    await vi.waitFor(() => expect(app.workers.reports()).toMatchObject([{ active: 1, held: 2 }]), SOON);
    const { worker } = app.app.get(provider);
    expect(worker.cancelJob(jobs[1]!.id!)).toBe(true);
    await vi.waitFor(() => expect(runs.ended).toEqual([`build#${jobs[1]!.id}`]), SOON);
    worker.cancelJob(jobs[0]!.id!);
    await vi.waitFor(
      () => expect(app.workers.reports()).toMatchObject([{ active: 1, held: 0, failed: 2 }]),
      SOON,
    );
    worker.cancelAllJobs();
    await vi.waitFor(() => expect(app.workers.reports()).toMatchObject([{ active: 0, failed: 3 }]), SOON);
    expect(reserved()).toEqual([0]);
  });

  it('fails a job that can never fit, with the attempts and the backoff of the user', async () => {
    await start(processor({ huge: '900gb', small: '10mb' }));
    const [huge] = await add('huge', 1, { attempts: 2 });
    await add('small', 2);
    await vi.waitFor(async () => expect(await huge!.getState()).toBe('failed'), SOON);
    await vi.waitFor(() => expect(runs.ended).toHaveLength(2), SOON);
    const failed = await queue.getJob(huge!.id!);
    expect(failed).toMatchObject({ attemptsMade: 2 });
    expect(failed!.failedReason).toMatch(/declares a memory cost of .* it can never start here/);
    // BullMQ tells it a moment after the backend has it.
    await vi.waitFor(
      () => expect(app.workers.reports()).toMatchObject([{ completed: 2, failed: 2, active: 0 }]),
      SOON,
    );
    expect(app.log.matching(/^error queue "memory": a job failed before it started/)).toHaveLength(1);
  });

  it('gives back what waits when the worker closes, and takes nothing with it', async () => {
    await start(processor(COST, () => wait(300)));
    await add('build', 5);
    await vi.waitFor(() => expect(app.workers.reports()).toMatchObject([{ active: 1, held: 4 }]), SOON);
    await app.close();
    expect(runs.ended).toHaveLength(1);
    expect(await queue.getJobCounts()).toMatchObject({ active: 0, waiting: 4, completed: 1, failed: 0 });
    expect(reserved()).toEqual([0]);
  });
});
