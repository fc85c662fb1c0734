import { BullModule, OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { type Job, Queue, QueueEvents, UnrecoverableError, Worker } from 'bullmq';
import {
  MemoryCost,
  OnTaskEnd,
  SkipResilience,
  type TaskEndFacts,
  withResilience,
  YieldBetweenJobs,
} from 'nestjs-headroom';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import { startRedis, type TestRedis } from '../../support/redis.js';
import { QueueApp } from './queue-app.js';
import { block } from './work.js';

const SOON = { timeout: 10_000, interval: 20 };
const SANDBOXED = fileURLToPath(new URL('./sandboxed.processor.mjs', import.meta.url));

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

async function start(options: Omit<Parameters<typeof QueueApp.start>[0], 'redis'>): Promise<QueueApp> {
  const app = await QueueApp.start({ redis, ...options });
  cleanUps.push(() => app.close());
  return app;
}

/** Adds one job and gives what became of it. */
async function runJob(app: QueueApp, queueName: string, opts = {}): Promise<{ job: Job; result: unknown }> {
  const queue = app.queue(queueName);
  const events = new QueueEvents(queueName, { connection: app.connection, prefix: app.prefix });
  await events.waitUntilReady();
  const job = await queue.add('single', {}, opts);
  const result: unknown = await job.waitUntilFinished(events, 8000).catch((error: unknown) => error);
  const fresh = await queue.getJob(job.id!);
  await events.close();
  await queue.close();
  return { job: fresh!, result };
}

describe('decorators of processors', () => {
  it('on another class do nothing, and that is said', async () => {
    @YieldBetweenJobs({ sliceMs: 5 })
    @SkipResilience()
    class Prices {}
    @YieldBetweenJobs({ sliceMs: 5 })
    @Processor('classes')
    class ClassProcessor extends WorkerHost {
      process = async () => undefined;
    }
    const app = await start({ queues: [{ name: 'classes' }], providers: [ClassProcessor, Prices] });
    expect(app.log.matching(/^warn .*does nothing on/)).toEqual([
      expect.stringMatching(/@YieldBetweenJobs\(\) does nothing on Prices: it is for @Processor\(\) classes/),
      expect.stringMatching(/@SkipResilience\(\) does nothing on Prices/),
    ]);
  });
});

describe('every kind of processor is wrapped', () => {
  it('a @Processor class', async () => {
    @Processor('classes')
    class ClassProcessor extends WorkerHost {
      process = async (job: Job) => `class ${job.id}`;
    }
    const app = await start({ queues: [{ name: 'classes' }], providers: [ClassProcessor] });
    expect((await runJob(app, 'classes')).result).toBe('class 1');
    expect(
      app.log.matching(/task start mem rss=\d+MB heap=\d+\/\d+MB ext=\d+MB job=classes:single#1/),
    ).toHaveLength(1);
    expect(app.log.matching(/task end mem .* outcome=ok job=classes:single#1/)).toHaveLength(1);
  });

  it('a functional processor', async () => {
    const app = await start({
      queues: [{ name: 'functions', processors: [async (job: Job) => `function ${job.id}`] }],
    });
    expect((await runJob(app, 'functions')).result).toBe('function 1');
    expect(app.log.matching(/task end mem .*job=functions:single#1/)).toHaveLength(1);
    // BullMQ tells it a moment after the backend has it.
    await vi.waitFor(
      () => expect(app.workers.reports()).toMatchObject([{ queue: 'functions', completed: 1, active: 0 }]),
      SOON,
    );
  });

  it('a sandboxed processor', async () => {
    const app = await start({ queues: [{ name: 'sandboxed', processors: [SANDBOXED] }] });
    const { result } = await runJob(app, 'sandboxed');
    expect(result).toMatch(/^pid \d+ job 1$/);
    expect(result).not.toBe(`pid ${process.pid} job 1`);
    expect(app.log.matching(/task end mem .*job=sandboxed:single#1/)).toHaveLength(1);
  });

  it('a worker made by hand from the wrapped class', async () => {
    const app = await start({ queues: [{ name: 'by-hand' }] });
    const worker = new (withResilience(Worker))('by-hand', async () => 'by hand', {
      connection: app.connection,
      prefix: app.prefix,
    });
    cleanUps.push(() => worker.close());
    expect((await runJob(app, 'by-hand')).result).toBe('by hand');
    // BullMQ tells it a moment after the backend has it.
    await vi.waitFor(
      () => expect(app.workers.reports()).toMatchObject([{ queue: 'by-hand', completed: 1 }]),
      SOON,
    );
    await worker.close();
    expect(app.workers.reports()).toEqual([]);
  });

  it('says which queues it could not wrap', async () => {
    const { _workerClass: wrapped } = BullModule as unknown as { _workerClass: typeof Worker };
    BullModule.workerClass = Worker;
    cleanUps.push(async () => {
      BullModule.workerClass = wrapped;
    });
    @Processor('bare')
    class BareProcessor extends WorkerHost {
      process = async () => 'bare';
    }
    const app = await start({
      queues: [{ name: 'bare' }, { name: 'bare-function', processors: [async () => 'bare'] }],
      providers: [BareProcessor],
    });
    expect(app.log.matching(/^warn queue "bare" has workers that Headroom does not wrap/)).toHaveLength(1);
    expect(
      app.log.matching(/^warn queue "bare-function" has workers that Headroom does not wrap/),
    ).toHaveLength(1);
  });
});

describe('what BullMQ gives to a processor survives the wrapping', () => {
  it('an AbortSignal, for a processor that asks for it', async () => {
    const seen: unknown[] = [];
    @Processor('signals')
    class SignalProcessor extends WorkerHost {
      async process(job: Job, _token?: string, signal?: AbortSignal) {
        seen.push(signal instanceof AbortSignal);
        this.worker.cancelJob(job.id!, 'enough');
        seen.push(signal?.aborted, signal?.reason);
        throw new UnrecoverableError('cancelled');
      }
    }
    const app = await start({ queues: [{ name: 'signals' }], providers: [SignalProcessor] });
    const { job } = await runJob(app, 'signals');
    expect(seen).toEqual([true, true, 'enough']);
    expect(job.failedReason).toBe('cancelled');
  });

  it('no AbortSignal for one that does not', async () => {
    const given: unknown[][] = [];
    @Processor('short')
    class ShortProcessor extends WorkerHost {
      async process(job: Job) {
        given.push([job.id, this.worker.cancelJob(job.id!)]);
      }
    }
    const app = await start({ queues: [{ name: 'short' }], providers: [ShortProcessor] });
    await runJob(app, 'short');
    expect(given).toEqual([['1', false]]);
  });

  it('the number of arguments of a function, by which BullMQ decides about the signal', async () => {
    const seen = new Map<string, unknown>();
    const taking = (length: number, name: string) => {
      const noting = async (...args: unknown[]) => void seen.set(name, args[2]);
      return Object.defineProperty(noting, 'length', { value: length });
    };
    const app = await start({
      queues: [
        { name: 'one', processors: [taking(1, 'one')] },
        { name: 'three', processors: [taking(3, 'three')] },
      ],
    });
    await runJob(app, 'one');
    await runJob(app, 'three');
    expect(seen.get('one')).toBeUndefined();
    expect(seen.get('three')).toBeInstanceOf(AbortSignal);
  });

  it('failures, retries and the number of attempts', async () => {
    let calls = 0;
    @Processor('retries')
    class RetryProcessor extends WorkerHost {
      async process() {
        if (++calls < 3) throw new TypeError(`call ${calls}`);
        return calls;
      }
    }
    const app = await start({ queues: [{ name: 'retries' }], providers: [RetryProcessor] });
    const { job, result } = await runJob(app, 'retries', { attempts: 3 });
    expect(result).toBe(3);
    expect(job.attemptsMade).toBe(3);
    expect(
      app.log.matching(/^warn task end mem .* outcome=failed error=TypeError job=retries:single#1/),
    ).toHaveLength(2);
    // BullMQ tells it a moment after the backend has it.
    await vi.waitFor(() => expect(app.workers.reports()).toMatchObject([{ completed: 1, failed: 2 }]), SOON);
  });

  it('a job that goes back to its queue is no failure', async () => {
    const outcomes: string[] = [];
    class Watcher {
      @OnTaskEnd()
      seen({ kind, outcome }: TaskEndFacts) {
        if (kind === 'job') outcomes.push(outcome);
      }
    }
    let calls = 0;
    @Processor('delays')
    class DelayProcessor extends WorkerHost {
      async process(job: Job, token?: string) {
        if (++calls > 1) return 'later';
        const { DelayedError } = await import('bullmq');
        await job.moveToDelayed(Date.now() + 50, token);
        throw new DelayedError();
      }
    }
    const app = await start({ queues: [{ name: 'delays' }], providers: [DelayProcessor, Watcher] });
    const { job, result } = await runJob(app, 'delays');
    expect(result).toBe('later');
    expect(job.attemptsMade).toBe(1);
    expect(outcomes).toEqual(['released', 'ok']);
    // BullMQ tells it a moment after the backend has it.
    await vi.waitFor(() => expect(app.workers.reports()).toMatchObject([{ completed: 1, failed: 0 }]), SOON);
  });
});

async function workersOf(app: QueueApp) {
  const body = (await (await fetch(`${app.url}/health`)).json()) as {
    details: { queue_workers: { status: string; workers: Record<string, unknown>[] } };
  };
  return body.details.queue_workers;
}

describe('the health of workers', () => {
  it('tells what runs, what has finished, and who paused it', async () => {
    @Processor('watched', { concurrency: 7, lockDuration: 20_000 })
    class WatchedProcessor extends WorkerHost {
      process = async () => 'ok';
    }
    const app = await start({ queues: [{ name: 'watched' }], providers: [WatchedProcessor] });
    await runJob(app, 'watched');
    const running = await workersOf(app);
    expect(running).toMatchObject({
      status: 'up',
      workers: [
        {
          queue: 'watched',
          running: true,
          pausedBy: null,
          active: 0,
          completed: 1,
          concurrency: 7,
          lockDurationMs: 20_000,
        },
      ],
    });
    expect(Date.parse(running.workers[0]!.lastFinished as string)).toBeGreaterThan(Date.now() - 60_000);

    await app.app.get(WatchedProcessor).worker.pause();
    expect(await workersOf(app)).toMatchObject({ status: 'degraded', workers: [{ pausedBy: 'app' }] });
  });

  it('says that a job may run twice when the loop was blocked for longer than its lock', async () => {
    @Processor('blocking', { lockDuration: 400, stalledInterval: 60_000 })
    class BlockingProcessor extends WorkerHost {
      async process() {
        // It has ended when the delay becomes known.
        block(600);
      }
      // "could not renew lock", "Missing lock": what BullMQ itself says of it.
      @OnWorkerEvent('error')
      onError() {}
    }
    const app = await start({ queues: [{ name: 'blocking' }], providers: [BlockingProcessor] });
    const queue = app.queue('blocking');
    await queue.add('single', {});
    await queue.close();
    await vi.waitFor(() => expect(app.log.matching(/^error queue "blocking"/)).not.toEqual([]), SOON);
    expect(
      app.log.matching(
        /^error queue "blocking": the event loop was blocked for \d+ms by blocking:single#1, while it had jobs/,
      ),
    ).toHaveLength(1);
    expect(await workersOf(app)).toMatchObject({
      status: 'degraded',
      workers: [
        { possibleDoubleRun: expect.stringMatching(/blocked for \d+ms by blocking:single#1/) as unknown },
      ],
    });
  });
});

it('closes while jobs run: they are finished, and nothing is left open', async () => {
  let finished = 0;
  @MemoryCost('none')
  @Processor('closing', { concurrency: 3 })
  class ClosingProcessor extends WorkerHost {
    async process() {
      await new Promise((resolve) => setTimeout(resolve, 300));
      finished++;
    }
  }
  const app = await QueueApp.start({ redis, queues: [{ name: 'closing' }], providers: [ClosingProcessor] });
  const queue: Queue = app.queue('closing');
  await queue.addBulk(Array.from({ length: 6 }, () => ({ name: 'slow', data: {} })));
  await vi.waitFor(() => expect(app.workers.reports()[0]?.active).toBe(3), SOON);
  await app.close();
  expect(finished).toBe(3);
  expect(await queue.getJobCounts()).toMatchObject({ completed: 3, waiting: 3, active: 0 });
  await queue.close();
});
