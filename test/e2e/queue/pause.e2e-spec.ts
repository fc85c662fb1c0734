import { type Job, type Queue, Worker } from 'bullmq';
import { withResilience } from 'nestjs-headroom';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { startRedis, type TestRedis } from '../../support/redis.js';
import { QueueApp } from './queue-app.js';
import { block } from './work.js';

const SOON = { timeout: 2000, interval: 10 };
/** Longer than a worker takes to fetch and run a job that nothing keeps it from. */
const A_WHILE_MS = 500;

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

let app: QueueApp;
let queue: Queue;
let worker: Worker;
let ran: string[];

beforeEach(async () => {
  ran = [];
  app = await QueueApp.start({ redis, queues: [] });
  queue = app.queue('paused');
});
afterEach(async () => {
  await worker.close();
  await queue.close();
  await app.close();
});

/** Starts a worker, lets it come to rest in its blocking wait for a job, and pauses it there. */
async function pauseIdle(workerClass: typeof Worker): Promise<void> {
  const { connection, prefix } = app;
  worker = new workerClass('paused', async ({ id }) => void ran.push(id!), { connection, prefix });
  await worker.waitUntilReady();
  await vi.waitFor(() => expect(Reflect.get(worker, 'waiting')).toBeInstanceOf(Promise), SOON);
  await worker.pause(true);
}

describe('jobs that wait for their turn when their worker pauses', () => {
  it('go back in their order', async () => {
    const JOBS = 40;
    const { connection, prefix } = app;
    const process = async ({ id }: Job) => {
      ran.push(id!);
      block(15);
    };
    worker = new (withResilience(Worker))('paused', process, { connection, prefix, concurrency: 20 });
    const added = await queue.addBulk(Array.from({ length: JOBS }, () => ({ name: 'any', data: {} })));
    await vi.waitFor(() => expect(ran.length).toBeGreaterThan(2), SOON);
    await worker.pause();
    expect(ran.length).toBeLessThan(JOBS / 2);
    const waiting = (await queue.getWaiting()).map(({ id }) => id!);
    expect(waiting).toEqual(added.map(({ id }) => id!).filter((id) => !ran.includes(id)));
    await worker.resume();
    await vi.waitFor(() => expect(ran).toHaveLength(JOBS), SOON);
    expect(new Set(ran).size).toBe(JOBS);
  });
});

describe('pause(true) of a worker that waits for a job', () => {
  it('holds: no job starts until resume(), and then at once', async () => {
    await pauseIdle(withResilience(Worker));
    const { id } = await queue.add('any', {});
    await wait(A_WHILE_MS);
    expect(ran).toEqual([]);
    expect(await queue.getJobState(id!)).toBe('waiting');
    await worker.resume();
    await vi.waitFor(() => expect(ran).toEqual([id]), SOON);
  });

  it.each(['BullMQ itself', 'observe mode'])('lets one more job through in %s', async (where) => {
    if (where === 'observe mode') {
      await app.close();
      app = await QueueApp.start({ redis, queues: [], resilience: { mode: 'observe' } });
      queue = app.queue('paused');
    }
    await pauseIdle(where === 'observe mode' ? withResilience(Worker) : Worker);
    const { id } = await queue.add('any', {});
    await vi.waitFor(() => expect(ran).toEqual([id]), SOON);
    const { id: next } = await queue.add('any', {});
    await wait(A_WHILE_MS);
    expect(ran).toEqual([id]);
    expect(await queue.getJobState(next!)).toBe('waiting');
  });
});
