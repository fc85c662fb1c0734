import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { type Job, Queue, Worker } from 'bullmq';
import { MemoryCost, withResilience } from 'nestjs-headroom';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { realRedisOrSkip, startRedis, type TestRedis } from '../../support/redis.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { PressureDial } from '../pressure-dial.js';
import { QueueApp } from './queue-app.js';

const SOON = { timeout: 20_000, interval: 20 };
/** Longer than a worker with nothing to do waits for its backend. */
const LONG_MS = 6500;

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

describe.skipIf(realRedisOrSkip())('a worker that closes', { timeout: 60_000 }, () => {
  const dial = new PressureDial();
  const cleanUps: (() => Promise<unknown>)[] = [];
  let runs: string[];
  let proxy: TcpProxy;

  beforeEach(async () => {
    runs = [];
    proxy = await TcpProxy.start(redis);
    cleanUps.push(() => proxy.stop());
  });
  afterEach(async () => {
    dial.release();
    for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
  });

  /** The app's way to Redis is the proxy, that of the queue is not. */
  const start = async (jobMs: number, options = {}, drain = {}) => {
    @MemoryCost('none')
    @Processor('work', options)
    class WorkProcessor extends WorkerHost {
      async process({ id }: Job) {
        runs.push(id!);
        await wait(jobMs);
        return 'well';
      }

      // What BullMQ says of a Redis that is away.
      @OnWorkerEvent('error')
      onError() {}
    }
    const app = await QueueApp.start({
      redis: { ...redis, url: proxy.urlFor(redis.url) },
      queues: [{ name: 'work' }],
      providers: [WorkProcessor],
      resilience: dial.options({ memory: { collectGarbage: false }, drain }),
    });
    cleanUps.push(() => app.close());
    const queue = new Queue('work', { connection: { url: redis.url }, prefix: app.prefix });
    cleanUps.push(() => queue.close());
    return { app, queue, worker: app.app.get(WorkProcessor).worker };
  };

  it('leaves a job with a deduplication id to its lock: put off, the next one would take its place', async () => {
    const opts = { deduplication: { id: 'one', ttl: 60_000, extend: true, replace: true }, delay: 1 };
    const { app, queue } = await start(3000, { lockDuration: 2000 }, { timeoutMs: 300, graceMs: 300 });
    const { id } = await queue.add('work', {}, opts);
    await vi.waitFor(() => expect(runs).toEqual([id]), SOON);
    expect((await queue.add('work', {}, opts)).id).toBe(id);
    await app.close();
    expect(app.log.matching(/1 job could not go back and will run elsewhere/)).toHaveLength(1);
    await queue.add('work', {}, opts);
    expect(await queue.getJob(id!)).toBeDefined();
  });

  it('waits for a job that starts meanwhile, as long as it takes', async () => {
    const { app, queue, worker } = await start(LONG_MS, { maxStartedAttempts: 1 });
    await dial.turnTo('critical', app.pressure);
    const job = await queue.add('work', {});
    await vi.waitFor(() => expect(app.workers.reports()).toMatchObject([{ held: 1 }]), SOON);
    // It may not be started elsewhere, so it starts here.
    await worker.close();
    expect(await job.getState()).toBe('completed');
    expect(app.log.matching(/does not close/)).toEqual([]);
  });

  it('by force starts none that it holds', async () => {
    const { app, queue, worker } = await start(0, { maxStartedAttempts: 1 });
    await dial.turnTo('critical', app.pressure);
    await queue.add('work', {});
    await vi.waitFor(() => expect(app.workers.reports()).toMatchObject([{ held: 1 }]), SOON);
    await worker.close(true);
    dial.release();
    await wait(500);
    expect(runs).toEqual([]);
  });

  it('waits for a job that nobody looks after', async () => {
    const Resilient = withResilience(Worker);
    const connection = { url: redis.url };
    const prefix = `alone-${process.pid}`;
    const queue = new Queue('alone', { connection, prefix });
    const worker = new Resilient('alone', async () => wait(LONG_MS, 'well'), { connection, prefix });
    cleanUps.push(() => queue.close());
    const job = await queue.add('work', {});
    await vi.waitFor(async () => expect(await job.getState()).toBe('active'), SOON);
    await worker.close();
    expect(await job.getState()).toBe('completed');
  });

  it('writes the end of a job when Redis is back, after longer than it would wait for anything else', async () => {
    const { app, queue } = await start(500);
    const job = await queue.add('work', {});
    await vi.waitFor(() => expect(runs).toHaveLength(1), SOON);
    proxy.cut();
    const closing = app.close();
    await wait(500 + LONG_MS);
    proxy.mend();
    await closing;
    expect(await job.getState()).toBe('completed');
    expect(runs).toHaveLength(1);
  });

  it('goes without a Redis that stays away, and leaves no timer behind', async () => {
    const { app, worker } = await start(0);
    proxy.cut();
    await app.close();
    expect(app.log.matching(/does not close, the backend does not answer/)).toHaveLength(1);
    const { lockManager } = worker as unknown as { lockManager: { isRunning(): boolean } };
    expect(lockManager.isRunning()).toBe(false);
  });
});
