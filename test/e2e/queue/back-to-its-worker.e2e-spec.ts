import { Processor, WorkerHost } from '@nestjs/bullmq';
import type { Job } from 'bullmq';
import { Redis } from 'ioredis';
import type { ResilienceOptions } from 'nestjs-headroom';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { realRedisOrSkip, startRedis, type TestRedis } from '../../support/redis.js';
import { QueueApp } from './queue-app.js';

const SOON = { timeout: 15_000, interval: 20 };

/**
 * Locks last long and are not renewed here: they are lost when this spec takes them away, and BullMQ's check finds that
 * soon. A loop that is blocked for half a second may have cost a lock.
 */
const WORKER = { concurrency: 2, lockDuration: 60_500, lockRenewTime: 60_000, stalledInterval: 200 };

interface Run {
  readonly signal: AbortSignal;
  readonly othersAtStart: number;
  end(): void;
}

describe.skipIf(realRedisOrSkip())('a job that comes back to the worker that still runs it', () => {
  let redis: TestRedis;
  let app: QueueApp;
  let runs: Run[];
  let running: number;

  beforeEach(async () => {
    redis = await startRedis();
    [runs, running] = [[], 0];
  });
  afterEach(async () => {
    for (const run of runs) run.end();
    await app.close();
    await redis.stop();
  });

  /** A job that ends when it is told to, by its signal or by the spec. */
  function processor(isObedient: boolean, worker: object) {
    @Processor('work', { ...WORKER, ...worker })
    class WorkProcessor extends WorkerHost {
      async process(_job: Job, _token?: string, signal?: AbortSignal) {
        const othersAtStart = running++;
        try {
          await new Promise<void>((end, fail) => {
            runs.push({ signal: signal!, othersAtStart, end });
            if (isObedient) signal!.addEventListener('abort', () => fail(signal!.reason as Error));
          });
        } finally {
          running--;
        }
      }
    }
    return WorkProcessor;
  }

  async function start(isObedient: boolean, worker = {}, resilience: ResilienceOptions = {}) {
    app = await QueueApp.start({
      redis,
      queues: [{ name: 'work' }],
      providers: [processor(isObedient, worker)],
      resilience,
    });
    const queue = app.queue('work');
    const { id } = await queue.add('obey', {});
    await vi.waitFor(() => expect(runs).toHaveLength(1), SOON);
    const client = new Redis(redis.url);
    await client.del(`${app.prefix}:work:${id}:lock`);
    client.disconnect();
    const stateOf = () => queue.getJobState(id!);
    const startsOf = async () => ((await queue.getJob(id!)) as Job).attemptsStarted;
    const logOf = async () => (await queue.getJobLogs(id!)).logs.join('\n');
    return { stateOf, startsOf, logOf, close: () => queue.close() };
  }

  it('tells the first run to stop, and starts the next when that has ended', async () => {
    const { stateOf, logOf, close } = await start(true);
    await vi.waitFor(() => expect(runs[0]!.signal.aborted).toBe(true), SOON);
    await vi.waitFor(() => expect(runs).toHaveLength(2), SOON);
    expect(runs[1]!.othersAtStart).toBe(0);
    runs[1]!.end();
    await vi.waitFor(async () => expect(await stateOf()).toBe('completed'), SOON);
    expect(await logOf()).toContain('lost lock 1, but its process lives');
    expect(await logOf()).not.toContain('died');
    expect(app.log.matching(/lost its lock, its signal was aborted: it may run twice/)).toHaveLength(1);
    await close();
  });

  it('in observe mode is told of when its lock cannot be renewed, and nothing more', async () => {
    // BullMQ's renewal finds the loss, and not its check for stalled jobs.
    const renewedSoon = { lockDuration: 2000, lockRenewTime: 500, stalledInterval: 60_000 };
    const { logOf, close } = await start(true, renewedSoon, { mode: 'observe' });
    await vi.waitFor(() => expect(app.log.matching(/lost its lock: it may run twice/)).toHaveLength(1), SOON);
    expect(runs[0]!.signal.aborted).toBe(false);
    runs[0]!.end();
    await vi.waitFor(() => expect(running).toBe(0), SOON);
    expect(await logOf()).toBe('');
    await close();
  });

  it('in observe mode runs twice, as in plain BullMQ, and is told of', async () => {
    const { logOf, close } = await start(true, {}, { mode: 'observe' });
    await vi.waitFor(() => expect(runs).toHaveLength(2), SOON);
    expect(runs[1]!.othersAtStart).toBe(1);
    await vi.waitFor(() => expect(app.log.matching(/lost its lock: it may run twice/)).toHaveLength(1), SOON);
    expect(runs.map(({ signal }) => signal.aborted)).toEqual([false, false]);
    for (const run of runs) run.end();
    await vi.waitFor(() => expect(running).toBe(0), SOON);
    expect(await logOf()).toBe('');
    await close();
  });

  it('that does not stop: the next starts when it has ended, and is not told to stop in its place', async () => {
    const { stateOf, startsOf, close } = await start(false);
    await vi.waitFor(async () => expect(await stateOf()).toBe('delayed'), SOON);
    block(800);
    await vi.waitFor(() => {
      expect(app.log.matching(/the event loop was blocked for/)).toHaveLength(1);
    }, SOON);
    // It comes back again and again, ever later.
    await vi.waitFor(async () => expect(await startsOf()).toBeGreaterThanOrEqual(3), SOON);
    await vi.waitFor(() => {
      expect(app.log.matching(/work:obey#1 has come back while it still runs here/)).toHaveLength(2);
    }, SOON);
    expect(runs).toHaveLength(1);
    runs[0]!.end();
    await vi.waitFor(() => expect(runs).toHaveLength(2), SOON);
    expect(runs[1]!).toMatchObject({ othersAtStart: 0, signal: { aborted: false } });
    runs[1]!.end();
    await vi.waitFor(async () => expect(await stateOf()).toBe('completed'), SOON);
    await close();
  });
});

function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
