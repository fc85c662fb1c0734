import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { DelayedError, type Job, Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import {
  MemoryCost,
  QueueWorkerHealthIndicator,
  SkipResilience,
  type QueueBackendReport,
  type QueueWorkerCheckOptions,
} from 'nestjs-headroom';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import { realRedisOrSkip, startRedis, type TestRedis } from '../../support/redis.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { QueueApp, type QueueAppOptions } from './queue-app.js';

const SOON = { timeout: 20_000, interval: 50 };
/** Longer than an answer is kept. */
const FORGOTTEN_MS = 1050;
/** What a busy machine may add to a timeout. */
const SLACK_MS = 400;

interface QueueFacts extends Partial<QueueBackendReport> {
  readonly queue: string;
  readonly status: string;
  readonly backend: { readonly answers: boolean; readonly tookMs: number };
  readonly crossed?: readonly string[];
}

interface Facts {
  readonly status: string;
  readonly workers: readonly Record<string, unknown>[];
  readonly queues: readonly QueueFacts[];
}

let redis: TestRedis;
const cleanUps: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  redis = await startRedis();
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});
afterAll(() => redis.stop());

async function start(options: Omit<QueueAppOptions, 'redis'> & { redis?: TestRedis }): Promise<QueueApp> {
  const app = await QueueApp.start({ redis, ...options });
  cleanUps.push(() => app.close());
  return app;
}

function queueOf(name: string, prefix: string): Queue {
  const queue = new Queue(name, { connection: { url: redis.url }, prefix });
  cleanUps.push(() => queue.close());
  return queue;
}

function redisClient(): Redis {
  const client = new Redis(redis.url);
  cleanUps.push(() => client.quit());
  return client;
}

async function check(app: QueueApp, options?: QueueWorkerCheckOptions): Promise<Facts> {
  const told = await app.app.get(QueueWorkerHealthIndicator).check('workers', options);
  return told.workers as unknown as Facts;
}

async function queueFacts(app: QueueApp, options?: QueueWorkerCheckOptions): Promise<QueueFacts> {
  const { queues } = await check(app, options);
  expect(queues).toHaveLength(1);
  return queues[0]!;
}

function withResolvers() {
  let resolve!: () => void;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

async function timed<T>(work: () => Promise<T>): Promise<{ told: T; ms: number }> {
  const from = performance.now();
  const told = await work();
  return { told, ms: performance.now() - from };
}

/** A processor whose worker takes no jobs, so that a spec says what waits. */
@Processor('stock', { autorun: false })
class IdleProcessor extends WorkerHost {
  process = async () => 'ok';

  // What BullMQ says when Redis is away.
  @OnWorkerEvent('error')
  onError() {}
}

const IDLE = { queues: [{ name: 'stock' }], providers: [IdleProcessor] };

describe.skipIf(realRedisOrSkip())('what Redis tells of a queue', () => {
  it('is what waits, runs, is delayed and has failed', async () => {
    const { promise: finished, resolve: finish } = withResolvers();
    @MemoryCost('none')
    @Processor('busy', { concurrency: 2 })
    class BusyProcessor extends WorkerHost {
      async process({ name }: Job) {
        if (name === 'bad') throw new Error('bad');
        await finished;
      }
    }
    const app = await start({ queues: [{ name: 'busy' }], providers: [BusyProcessor] });
    const queue = queueOf('busy', app.prefix);
    await queue.add('bad', {});
    await vi.waitFor(async () => expect(await queue.getFailedCount()).toBe(1), SOON);
    await queue.addBulk(Array.from({ length: 5 }, () => ({ name: 'slow', data: {} })));
    await queue.addBulk([1, 2, 3].map((priority) => ({ name: 'slow', data: {}, opts: { priority } })));
    await queue.add('later', {}, { delay: 60_000 });
    await vi.waitFor(async () => expect(await queue.getActiveCount()).toBe(2), SOON);

    const counts = { waiting: 6, active: 2, delayed: 1, failed: 1, workersConnected: 1 };
    expect(await queueFacts(app)).toMatchObject({
      queue: 'busy',
      status: 'up',
      paused: false,
      ...counts,
      backend: { answers: true },
    });
    // The jobs of a paused queue wait, too.
    await queue.pause();
    await wait(FORGOTTEN_MS);
    expect(await queueFacts(app)).toMatchObject({ ...counts, paused: true, status: 'degraded' });
    await queue.resume();
    finish();
  });

  it('is the age of the oldest waiting job, at whichever end it stands', async () => {
    const app = await start(IDLE);
    const queue = queueOf('stock', app.prefix);
    const ageAfter = async (...jobs: { ageMs: number; opts?: object }[]) => {
      await queue.drain(true);
      for (const { ageMs, opts } of jobs) {
        await queue.add('old', {}, { ...opts, timestamp: Date.now() - ageMs });
      }
      await wait(FORGOTTEN_MS);
      const { ageOfOldestWaitingMs } = await queueFacts(app);
      return Math.round((ageOfOldestWaitingMs! - FORGOTTEN_MS) / 10_000) * 10;
    };
    expect(await ageAfter({ ageMs: 50_000 }, { ageMs: 20_000 }, { ageMs: 10_000 })).toBe(50);
    const lifo = { lifo: true };
    expect(await ageAfter({ ageMs: 50_000, opts: lifo }, { ageMs: 20_000, opts: lifo })).toBe(50);
    const [urgent, usual, rest] = [1, 5, 9].map((priority) => ({ priority }));
    expect(
      await ageAfter(
        { ageMs: 20_000, opts: urgent! },
        { ageMs: 10_000, opts: urgent! },
        { ageMs: 70_000, opts: usual! },
        { ageMs: 10_000, opts: usual! },
        { ageMs: 30_000, opts: rest! },
        { ageMs: 20_000, opts: rest! },
      ),
    ).toBe(70);
    await queue.drain(true);
    await wait(FORGOTTEN_MS);
    expect(await queueFacts(app)).toMatchObject({ waiting: 0, ageOfOldestWaitingMs: null });
  });

  it('is not the age of a job from before its delay was over', async () => {
    const app = await start(IDLE);
    const queue = queueOf('stock', app.prefix);
    await queue.add('later', {}, { delay: 50_000, timestamp: Date.now() - 60_000 });
    // A worker moves delayed jobs whose time has come.
    const mover = new Worker('stock', null, { connection: { url: redis.url }, prefix: app.prefix });
    cleanUps.push(() => mover.close());
    await queue.pause();
    await mover.getNextJob('token', { block: false });
    await queue.add('new', {});
    const { waiting, ageOfOldestWaitingMs } = await queueFacts(app);
    expect(waiting).toBe(2);
    expect(ageOfOldestWaitingMs).toBeGreaterThanOrEqual(9_900);
    expect(ageOfOldestWaitingMs).toBeLessThan(20_000);
  });

  it('is how many workers are connected on all machines', async () => {
    const app = await start(IDLE);
    await vi.waitFor(async () => expect(await queueFacts(app)).toMatchObject({ workersConnected: 1 }), SOON);
    const elsewhere = new Worker('stock', async () => 'ok', {
      connection: { url: redis.url },
      prefix: app.prefix,
      name: 'elsewhere',
    });
    const another = new Worker('other', async () => 'ok', {
      connection: { url: redis.url },
      prefix: app.prefix,
    });
    cleanUps.push(() => another.close());
    await Promise.all([elsewhere.waitUntilReady(), another.waitUntilReady()]);
    await wait(FORGOTTEN_MS);
    const facts = await check(app, { minWorkers: 2 });
    expect(facts).toMatchObject({ status: 'up', queues: [{ workersConnected: 2 }] });

    await elsewhere.close();
    await wait(FORGOTTEN_MS);
    expect(await check(app, { minWorkers: 2 })).toMatchObject({
      status: 'degraded',
      queues: [{ workersConnected: 1, crossed: ['1 workers are connected; minWorkers is 2'] }],
    });
  });

  it('is told once for workers that share a queue, and of skipped workers as well', async () => {
    @SkipResilience()
    @Processor('stock', { autorun: false })
    class SkippedProcessor extends WorkerHost {
      process = async () => 'ok';
    }
    const app = await start({ ...IDLE, providers: [IdleProcessor, SkippedProcessor] });
    await queueOf('stock', app.prefix).add('one', {});
    await vi.waitFor(async () => {
      const { workers, queues } = await check(app);
      expect(workers).toHaveLength(2);
      expect(queues).toMatchObject([{ waiting: 1, workersConnected: 2 }]);
    }, SOON);
  });

  it('is null for the workers where Redis does not name its clients, and no error', async () => {
    const admin = redisClient();
    const restricted = new URL(redis.url);
    restricted.username = 'restricted';
    restricted.password = 'secret';
    await admin.acl('SETUSER', 'restricted', 'on', '>secret', '~*', '&*', '+@all', '-client|list');
    cleanUps.push(() => admin.acl('DELUSER', 'restricted'));
    const app = await start({ ...IDLE, redis: { ...redis, url: restricted.href } });
    expect(await queueFacts(app, { minWorkers: 5 })).toMatchObject({
      status: 'up',
      waiting: 0,
      workersConnected: null,
      backend: { answers: true },
    });
    expect(app.log.matching(/^error/)).toEqual([]);
  });

  it('is judged by the limits of the check', async () => {
    const app = await start(IDLE);
    await queueOf('stock', app.prefix).addBulk(
      [1, 2, 3].map(() => ({ name: 'old', data: {}, opts: { timestamp: Date.now() - 60_000 } })),
    );
    expect(await queueFacts(app, { maxWaiting: 3, maxWaitingAgeMs: 90_000 })).toMatchObject({ status: 'up' });
    expect(await queueFacts(app, { maxWaiting: 2, maxWaitingAgeMs: 30_000 })).toMatchObject({
      status: 'degraded',
      crossed: [
        '3 jobs wait; maxWaiting is 2',
        expect.stringMatching(/^the oldest waiting job is 6\d{4}ms old/),
      ],
    });
    expect(await check(app, { maxWaiting: 2, whenCrossed: 'down' })).toMatchObject({ status: 'down' });
    await expect(check(app, { maxWaiting: -2 })).rejects.toThrow('maxWaiting: received -2; allowed: a whole');
  });

  it('is told in a process that only adds jobs, when the queue is named', async () => {
    const app = await start({ queues: [{ name: 'stock' }, { name: 'mail' }] });
    const queue = queueOf('stock', app.prefix);
    await queue.addBulk([1, 2].map(() => ({ name: 'one', data: {} })));
    expect(await check(app)).toMatchObject({ status: 'up', workers: [], queues: [] });
    expect(await check(app, { queues: ['stock'], maxWaiting: 1, minWorkers: 1 })).toMatchObject({
      status: 'degraded',
      workers: [],
      queues: [
        {
          queue: 'stock',
          waiting: 2,
          workersConnected: 0,
          crossed: ['2 jobs wait; maxWaiting is 1', '0 workers are connected; minWorkers is 1'],
        },
      ],
    });
    await expect(check(app, { queues: ['stokc'] })).rejects.toThrow(
      'queues: received ["stokc"]; allowed: names of queues of this process: "stock", "mail"',
    );
    await app.close();
    expect(await check(app, { queues: ['stock'], timeoutMs: 100 })).toMatchObject({
      queues: [{ queue: 'stock', backend: { answers: false } }],
    });
    expect(app.log.matching(/asking the backend/)).toEqual([]);
  });

  it('is asked once for probes that come together, and never without a probe', async () => {
    const app = await start(IDLE);
    const client = redisClient();
    const lists = async () => {
      const stats = await client.info('commandstats');
      return Number(/cmdstat_client\|list:calls=(\d+)/.exec(stats)?.[1] ?? 0);
    };
    const before = await lists();
    await wait(300);
    expect(await lists()).toBe(before);
    await Promise.all(Array.from({ length: 20 }, () => check(app)));
    await check(app);
    expect(await lists()).toBe(before + 1);
    await wait(FORGOTTEN_MS);
    expect(await lists()).toBe(before + 1);
    await check(app);
    expect(await lists()).toBe(before + 2);
    await check(app, { backend: false });
    expect(await lists()).toBe(before + 2);
  });
});

const startBehindProxy = async () => {
  const proxy = await TcpProxy.start(redis);
  cleanUps.push(() => proxy.stop());
  const app = await start({ ...IDLE, redis: { ...redis, url: proxy.urlFor(redis.url) } });
  return { proxy, app };
};
const probe = async (app: QueueApp, path: string) => {
  const response = await fetch(`${app.url}${path}`);
  const { details } = (await response.json()) as { details: { queue_workers: Facts } };
  return { code: response.status, workers: details.queue_workers };
};

describe('the counters of a worker', () => {
  it('are what BullMQ has written: also of a result that cannot be, and of a job that is not run', async () => {
    @MemoryCost('none')
    @Processor('counted')
    class CountedProcessor extends WorkerHost {
      async process({ name }: Job): Promise<unknown> {
        if (name === 'bad') throw new Error('bad');
        return name === 'bigint' ? 5n : name;
      }
    }
    const app = await start({ queues: [{ name: 'counted' }], providers: [CountedProcessor] });
    const queue = queueOf('counted', app.prefix);
    await queue.addBulk(['good', 'bad', 'bigint'].map((name) => ({ name, data: {} })));
    await vi.waitFor(async () => {
      expect(await queue.getJobCounts()).toMatchObject({ completed: 1, failed: 2, active: 0 });
      expect((await check(app)).workers).toMatchObject([{ completed: 1, failed: 2, active: 0 }]);
    }, SOON);
  });

  it('do not take for finished what went back to its queue', async () => {
    @MemoryCost('none')
    @Processor('later')
    class LaterProcessor extends WorkerHost {
      async process(job: Job): Promise<void> {
        await job.moveToDelayed(Date.now() + 60_000, job.token);
        throw new DelayedError();
      }
    }
    const app = await start({ queues: [{ name: 'later' }], providers: [LaterProcessor] });
    const queue = queueOf('later', app.prefix);
    await queue.add('any', {});
    await vi.waitFor(async () => expect(await queue.getDelayedCount()).toBe(1), SOON);
    const [{ lastStarted, lastFinished } = {}] = (await check(app)).workers;
    expect(lastStarted).not.toBeNull();
    expect(lastFinished).toBeNull();
  });
});

describe('a Redis that is away', () => {
  it('is told within the timeout of each check, and its return as well', async () => {
    const { proxy, app } = await startBehindProxy();
    await queueOf('stock', app.prefix).add('one', {});
    expect(await check(app)).toMatchObject({ status: 'up' });
    proxy.cut();
    await wait(FORGOTTEN_MS);

    const checks = await Promise.all(
      [100, 300, 600].map(async (timeoutMs) => ({
        timeoutMs,
        ...(await timed(() => check(app, { timeoutMs }))),
      })),
    );
    for (const { timeoutMs, told, ms } of checks) {
      expect(told).toMatchObject({ status: 'degraded', queues: [{ backend: { answers: false } }] });
      expect(told.queues[0]!.waiting).toBeUndefined();
      expect(ms).toBeGreaterThanOrEqual(timeoutMs - 2);
      expect(ms).toBeLessThan(timeoutMs + SLACK_MS);
    }
    expect(await check(app, { timeoutMs: 50, whenSilent: 'down' })).toMatchObject({ status: 'down' });

    proxy.mend();
    await vi.waitFor(
      async () => expect(await check(app)).toMatchObject({ status: 'up', queues: [{ waiting: 1 }] }),
      SOON,
    );
    await vi.waitFor(async () => expect(await queueFacts(app)).toMatchObject({ workersConnected: 1 }), SOON);
  });

  it('leaves the process in service, and is told before a prober gives up', async () => {
    const { proxy, app } = await startBehindProxy();
    expect(await probe(app, '/health/ready')).toMatchObject({ code: 200, workers: { status: 'up' } });
    proxy.cut();
    await wait(FORGOTTEN_MS);
    for (const path of ['/health/ready', '/health', '/health/ready']) {
      const { told, ms } = await timed(() => probe(app, path));
      expect(told).toMatchObject({ code: 200, workers: { status: 'degraded' } });
      expect(ms).toBeLessThan(1000);
    }
    proxy.mend();
  });

  it('gets one question, however often it is probed', async () => {
    const { proxy, app } = await startBehindProxy();
    await check(app);
    proxy.cut();
    await wait(FORGOTTEN_MS);
    const took: number[] = [];
    for (let probes = 0; probes < 10; probes++) {
      await Promise.all([1, 2, 3].map(() => check(app, { timeoutMs: 30 })));
      took.push((await queueFacts(app, { timeoutMs: 30 })).backend.tookMs);
    }
    // The time since the first was put grows: no other was.
    expect(took).toEqual(took.toSorted((a, b) => a - b));
    expect(took.at(-1)).toBeGreaterThan(400);
    proxy.mend();
  });

  it('does not keep the app from closing while a question is open', async () => {
    const { proxy, app } = await startBehindProxy();
    await check(app);
    proxy.cut();
    await wait(FORGOTTEN_MS);
    const open = timed(() => check(app, { timeoutMs: 1500 }));
    await wait(50);
    const closing = timed(() => app.close());
    proxy.mend();
    const { told, ms } = await open;
    expect(told.queues).toHaveLength(1);
    expect(ms).toBeLessThan(1500 + SLACK_MS);
    expect((await closing).ms).toBeLessThan(10_000);
    // Its workers are gone.
    expect(await check(app)).toMatchObject({ queues: [] });
    expect(app.log.matching(/asking the backend/)).toEqual([]);
  });
});
