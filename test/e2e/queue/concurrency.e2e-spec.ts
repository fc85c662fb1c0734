import { Processor, WorkerHost } from '@nestjs/bullmq';
import type { Job, Queue, Worker } from 'bullmq';
import { MemoryCost } from 'nestjs-headroom';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import { startRedis, type TestRedis } from '../../support/redis.js';
import { PressureDial } from '../pressure-dial.js';
import { QueueApp } from './queue-app.js';

const SOON = { timeout: 15_000, interval: 10 };
const RAMP_MS = 50;

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

describe('the concurrency of a worker', () => {
  const dial = new PressureDial();
  let app: QueueApp;
  let queue: Queue;
  let worker: Worker;
  let startedAt: number[];
  let running: number;

  afterEach(async () => {
    dial.release();
    await queue.drain();
    worker.cancelAllJobs();
    await app.close();
    await queue.close();
  });

  const start = async (concurrency: number, jobMs: number) => {
    startedAt = [];
    running = 0;
    @MemoryCost('none')
    @Processor('work', { concurrency })
    class WorkProcessor extends WorkerHost {
      async process(_job: Job, _token?: string, signal?: AbortSignal): Promise<void> {
        startedAt.push(performance.now());
        running++;
        await wait(jobMs, undefined, { signal }).catch(() => undefined);
        running--;
      }
    }
    app = await QueueApp.start({
      redis,
      queues: [{ name: 'work' }],
      providers: [WorkProcessor],
      resilience: dial.options({ memory: { collectGarbage: false } }),
    });
    queue = app.queue('work');
    worker = app.app.get(WorkProcessor).worker;
  };

  const report = () => app.workers.reports()[0]!;
  const add = (count: number) =>
    queue.addBulk(Array.from({ length: count }, () => ({ name: 'work', data: {} })));
  const startsTookMs = () => startedAt.at(-1)! - startedAt[0]!;

  it('is the whole when calm: no ramp in a process that was never under pressure', async () => {
    await start(20, 5000);
    await add(20);
    await vi.waitFor(() => expect(running).toBe(20), SOON);
    expect(startsTookMs()).toBeLessThan(0.9 * 19 * RAMP_MS);
    expect(report()).toMatchObject({ concurrency: 20, allowedNow: 20, held: 0 });
  });

  it('falls at once when pressure rises, and comes back slowly, one more job every 50 ms', async () => {
    await start(20, 5000);
    await dial.turnTo('critical', app.pressure);
    await add(20);
    await vi.waitFor(() => expect(report()).toMatchObject({ allowedNow: 0, held: 20 }), SOON);
    expect(running).toBe(0);

    await dial.turnTo('elevated', app.pressure);
    await vi.waitFor(() => expect(running).toBeGreaterThan(0), SOON);
    await wait(300);
    const atElevated = report();
    expect(atElevated.allowedNow).toBeGreaterThanOrEqual(1);
    expect(atElevated.allowedNow).toBeLessThan(20);
    expect(running).toBeLessThanOrEqual(atElevated.allowedNow);

    dial.release();
    await vi.waitFor(() => expect(running).toBe(20), SOON);
    expect(startsTookMs()).toBeGreaterThan(0.9 * 19 * RAMP_MS);
    expect(report()).toMatchObject({ allowedNow: 20, held: 0 });
    worker.cancelAllJobs();

    // Recovered: the next burst is not ramped.
    await vi.waitFor(() => expect(running).toBe(0), SOON);
    startedAt = [];
    await wait(200);
    await add(20);
    await vi.waitFor(() => expect(running).toBe(20), SOON);
    expect(startsTookMs()).toBeLessThan(0.9 * 19 * RAMP_MS);
  });

  it('does not slow down small jobs while it comes back', async () => {
    await start(4, 1);
    await dial.turnTo('critical', app.pressure);
    await add(400);
    await vi.waitFor(() => expect(report().held).toBe(4), SOON);
    dial.release();
    const releasedAt = performance.now();
    await vi.waitFor(() => expect(startedAt).toHaveLength(400), SOON);
    expect(performance.now() - releasedAt).toBeLessThan((400 * RAMP_MS) / 4);
  });

  it('is never above what the user sets while it runs', async () => {
    await start(20, 5000);
    await dial.turnTo('critical', app.pressure);
    await add(30);
    await vi.waitFor(() => expect(report().held).toBe(20), SOON);
    worker.concurrency = 3;
    dial.release();
    await vi.waitFor(() => expect(running).toBeGreaterThanOrEqual(3), SOON);
    expect(report().allowedNow).toBeLessThanOrEqual(3);
  });
});
