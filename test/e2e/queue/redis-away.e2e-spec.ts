import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { type Job, Queue, Worker } from 'bullmq';
import { MemoryCost } from 'nestjs-headroom';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { startRedis, type TestRedis } from '../../support/redis.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { PressureDial } from '../pressure-dial.js';
import { QueueApp } from './queue-app.js';

const AWAY_MS = 10_000;
const SOON = { timeout: 30_000, interval: 50 };
const JOBS = 8;

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

const idsOf = (jobs: readonly Job[]) => jobs.map(({ id }) => id!).toSorted();

describe('a Redis that is out of reach for ten seconds while jobs are held', { timeout: 90_000 }, () => {
  const dial = new PressureDial();
  const cleanUps: (() => Promise<unknown>)[] = [];
  let proxy: TcpProxy;
  let done: string[];
  let app: QueueApp;
  let queue: Queue;

  beforeEach(async () => {
    done = [];
    proxy = await TcpProxy.start(redis);
    cleanUps.push(() => proxy.stop());
  });
  afterEach(async () => {
    dial.release();
    proxy.mend();
    for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
  });

  /** Holds as many jobs as the worker's concurrency; the app's way to Redis is the proxy, ours is not. */
  const holdJobs = async (options: object, maxHoldMs: number | false): Promise<Job[]> => {
    @MemoryCost('none')
    @Processor('away', { concurrency: 4, ...options })
    class AwayProcessor extends WorkerHost {
      process = async (job: Job) => void done.push(job.id!);

      // What BullMQ says of it.
      @OnWorkerEvent('error')
      onError() {}
    }
    app = await QueueApp.start({
      redis: { ...redis, url: proxy.urlFor(redis.url) },
      queues: [{ name: 'away' }],
      providers: [AwayProcessor],
      resilience: dial.options({ memory: { collectGarbage: false }, queue: { maxHoldMs } }),
    });
    cleanUps.push(() => app.close());
    queue = new Queue('away', { connection: { url: redis.url }, prefix: app.prefix });
    cleanUps.push(() => queue.close());
    await dial.turnTo('critical', app.pressure);
    const jobs = await queue.addBulk(Array.from({ length: JOBS }, () => ({ name: 'work', data: {} })));
    await vi.waitFor(() => expect(app.workers.reports()[0]!.held).toBe(4), SOON);
    return jobs;
  };

  const awayFor = async (ms: number, meanwhile?: () => void) => {
    proxy.cut();
    await wait(ms / 2);
    meanwhile?.();
    await wait(ms / 2);
    proxy.mend();
  };

  /** Which jobs were run, when the queue has nothing left to do. */
  const whatWasRun = async () => {
    await vi.waitFor(async () => {
      const { completed, active, delayed, waiting } = await queue.getJobCounts();
      expect({ completed, active, delayed, waiting }).toEqual({
        completed: JOBS,
        active: 0,
        delayed: 0,
        waiting: 0,
      });
    }, SOON);
    await vi.waitFor(() => expect(app.workers.reports()).toMatchObject([{ held: 0, active: 0 }]), SOON);
    return done.toSorted();
  };

  it('loses and doubles none of those that keep their locks', async () => {
    const jobs = await holdJobs({}, false);
    await awayFor(AWAY_MS);
    dial.release();
    expect(await whatWasRun()).toEqual(idsOf(jobs));
  });

  it('nor of those whose time is over meanwhile', async () => {
    const jobs = await holdJobs({}, 2000);
    await awayFor(AWAY_MS);
    await wait(1000);
    dial.release();
    expect(await whatWasRun()).toEqual(idsOf(jobs));
  });

  it('nor of those that another machine takes because their locks have run out', async () => {
    const jobs = await holdJobs({ lockDuration: 3000, stalledInterval: 500 }, 5000);
    const elsewhere = new Worker('away', async (job) => void done.push(job.id!), {
      connection: { url: redis.url },
      prefix: app.prefix,
      stalledInterval: 500,
      autorun: false,
    });
    cleanUps.push(() => elsewhere.close());
    // Memory is free again while the locks are gone and nobody can say so.
    await awayFor(AWAY_MS, () => {
      void elsewhere.run();
      dial.release();
    });
    expect(await whatWasRun()).toEqual(idsOf(jobs));

    // The worker of the app is back as well.
    await elsewhere.close();
    const another = await queue.add('work', {});
    await vi.waitFor(() => expect(done).toContain(another.id), SOON);
  });
});
