import { Processor, WorkerHost } from '@nestjs/bullmq';
import type { Type } from '@nestjs/common';
import { type Job, Queue, Worker } from 'bullmq';
import { SkipResilience } from 'nestjs-headroom';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { startRedis, type TestRedis } from '../../support/redis.js';
import { PressureDial } from '../pressure-dial.js';

import { QueueApp, type QueueAppOptions } from './queue-app.js';

const SOON = { timeout: 10_000, interval: 20 };

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

describe('jobs under memory pressure', () => {
  const dial = new PressureDial();
  let done: string[];
  let host: Type<WorkerHost>;
  let app: QueueApp;
  let queue: Queue;

  beforeEach(() => {
    done = [];
  });
  afterEach(async () => {
    dial.release();
    await queue.close();
    await app.close();
  });

  const processor = (
    concurrency: number,
    run: (job: Job, signal?: AbortSignal) => Promise<void> | void,
  ): Type<WorkerHost> => {
    @Processor('work', { concurrency })
    class WorkProcessor extends WorkerHost {
      async process(job: Job, _token?: string, signal?: AbortSignal): Promise<string> {
        await run(job, signal);
        done.push(job.id!);
        return `done ${job.id}`;
      }
    }
    return WorkProcessor;
  };

  const worker = () => app.app.get(host).worker;
  const start = async (provider: Type<WorkerHost>, extra: Partial<QueueAppOptions> = {}) => {
    host = provider;
    app = await QueueApp.start({
      redis,
      queues: [{ name: 'work' }],
      providers: [provider],
      ...extra,
      resilience: dial.options(extra.resilience),
    });
    queue = app.queue('work');
  };

  const held = () => app.workers.reports().reduce((sum, report) => sum + report.held, 0);
  const add = (count: number) =>
    queue.addBulk(Array.from({ length: count }, (_, index) => ({ name: 'work', data: { index } })));

  it('starts none at critical, and starts all of them once, in order, when it falls', async () => {
    await start(processor(5, () => undefined));
    await dial.turnTo('critical', app.pressure);
    const jobs = await add(40);
    await vi.waitFor(() => expect(held()).toBe(5), SOON);
    expect(done).toEqual([]);
    expect(app.log.matching(/holding jobs: pressure is critical \(rss /)).toHaveLength(1);

    dial.release();
    await vi.waitFor(() => expect(done).toHaveLength(40), SOON);
    expect(done).toEqual(jobs.map(({ id }) => id));
    await vi.waitFor(async () => expect((await queue.getJobCounts()).completed).toBe(40), SOON);
    expect(await queue.getJobCounts()).toMatchObject({ active: 0, waiting: 0, failed: 0, delayed: 0 });
    await vi.waitFor(() => expect(app.log.matching(/starting jobs again/)).toHaveLength(1), SOON);
  });

  it('loses and doubles nothing when pressure flaps', async () => {
    await start(processor(5, async () => new Promise((resolve) => setTimeout(resolve, 5))));
    const jobs = add(300);
    for (let round = 0; round < 4; round++) {
      await dial.turnTo('critical', app.pressure);
      await dial.turnTo('normal', app.pressure);
    }
    await jobs;
    await vi.waitFor(async () => expect((await queue.getJobCounts()).completed).toBe(300), SOON);
    expect(await queue.getJobCounts()).toMatchObject({ active: 0, waiting: 0, failed: 0, delayed: 0 });
    expect(done).toHaveLength(300);
    expect(new Set(done).size).toBe(300);
  });

  it('runs at least one job at elevated pressure, and fewer than when calm', async () => {
    let running = 0;
    let most = 0;
    await start(
      processor(10, async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 20));
        running--;
      }),
    );
    await dial.turnTo('elevated', app.pressure);
    await add(40);
    await vi.waitFor(() => expect(done).toHaveLength(40), SOON);
    expect(most).toBeGreaterThanOrEqual(1);
    expect(most).toBeLessThan(10);
  });

  it('lets a cancelled job go while it is held: its processor sees the signal', async () => {
    const aborted: string[] = [];
    await start(
      processor(1, (job, signal) => {
        if (!signal?.aborted) return;
        aborted.push(job.id!);
        throw new Error('cancelled');
      }),
    );
    await dial.turnTo('critical', app.pressure);
    const [job] = await add(1);
    await vi.waitFor(() => expect(held()).toBe(1), SOON);
    expect(worker().cancelJob(job!.id!, 'no longer wanted')).toBe(true);
    await vi.waitFor(async () => expect(await job!.getState()).toBe('failed'), SOON);
    expect(aborted).toEqual([job!.id]);
    expect(app.pressure.level).toBe('critical');
  });

  it('gives held jobs back when the app closes: none is lost and no attempt is burnt', async () => {
    await start(processor(3, () => undefined));
    await dial.turnTo('critical', app.pressure);
    await add(5);
    await vi.waitFor(() => expect(held()).toBe(3), SOON);
    await app.close();
    expect(done).toEqual([]);
    expect(await queue.getJobCounts()).toMatchObject({ active: 0, waiting: 5 });
    const told = app.log.matching(/held jobs go back/);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('queue "work": 3 held jobs go back, its worker closes');

    const elsewhere = new Worker('work', async (job) => void done.push(job.id!), {
      connection: app.connection,
      prefix: app.prefix,
    });
    await vi.waitFor(() => expect(done).toHaveLength(5), SOON);
    await elsewhere.close();
    const completed = await queue.getCompleted();
    expect(completed.map(({ attemptsMade }) => attemptsMade)).toEqual([1, 1, 1, 1, 1]);
  });

  it('gives held jobs back when the worker is paused, and the pause resolves', async () => {
    await start(processor(3, () => undefined));
    await dial.turnTo('critical', app.pressure);
    await add(5);
    await vi.waitFor(() => expect(held()).toBe(3), SOON);
    await worker().pause();
    expect(await queue.getJobCounts()).toMatchObject({ active: 0, waiting: 5 });
    await dial.turnTo('normal', app.pressure);
    await worker().resume();
    await vi.waitFor(() => expect(done).toHaveLength(5), SOON);
  });

  it('runs a held job to its end at close when it may not be started again', async () => {
    @Processor('work', { maxStartedAttempts: 1 })
    class OnceProcessor extends WorkerHost {
      async process(job: Job): Promise<void> {
        done.push(job.id!);
      }
    }
    await start(OnceProcessor);
    await dial.turnTo('critical', app.pressure);
    const [job] = await add(1);
    await vi.waitFor(() => expect(held()).toBe(1), SOON);
    const since = performance.now();
    await app.close();
    // At once, and not when the drain gives up, after 25 seconds.
    expect(performance.now() - since).toBeLessThan(10_000);
    expect(await job!.getState()).toBe('completed');
  });

  it('does not hold the jobs of a processor marked @SkipResilience', async () => {
    @SkipResilience()
    @Processor('work')
    class UrgentProcessor extends WorkerHost {
      async process(job: Job): Promise<void> {
        done.push(job.id!);
      }
    }
    await start(UrgentProcessor);
    await dial.turnTo('critical', app.pressure);
    await add(3);
    await vi.waitFor(() => expect(done).toHaveLength(3), SOON);
    expect(app.pressure.level).toBe('critical');
    expect(app.log.matching(/task start .*job=/)).toEqual([]);
    // Nobody counts its deaths: BullMQ is left to fail what kills.
    expect(app.app.get(UrgentProcessor).worker.opts.maxStalledCount).toBe(1);
  });

  it('holds nothing in observe mode, and says what it would have done', async () => {
    await start(
      processor(2, () => undefined),
      { resilience: { mode: 'observe' } },
    );
    await dial.turnTo('critical', app.pressure);
    await add(5);
    await vi.waitFor(() => expect(done).toHaveLength(5), SOON);
    expect(app.pressure.level).toBe('critical');
    expect(app.log.matching(/would hold jobs/)).toHaveLength(1);
  });

  it('tells in /health who holds the jobs', async () => {
    await start(processor(2, () => undefined));
    await dial.turnTo('critical', app.pressure);
    await add(2);
    await vi.waitFor(() => expect(held()).toBe(2), SOON);
    const response = await fetch(`${app.url}/health`);
    expect(response.status).toBe(503);
    const { details } = (await response.json()) as { details: Record<string, Record<string, unknown>> };
    expect(details.memory_budget).toMatchObject({ status: 'down', level: 'critical' });
    expect(details.queue_workers).toMatchObject({
      status: 'degraded',
      workers: [{ queue: 'work', pausedBy: 'headroom', held: 2, active: 0 }],
    });
  });
});
