import { BullModule } from '@nestjs/bullmq';
import type { Type } from '@nestjs/common';
import { type Job, Queue, QueueEvents } from 'bullmq';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { startRedis, type TestRedis } from '../support/redis.js';
import { IsolatedApp, settled } from './isolated-app.js';

const SOON = { timeout: 15_000, interval: 20 };
const fixture = async <T>(name: string) =>
  (await import(new URL(`./fixtures/${name}.mjs`, import.meta.url).href)) as T;
const { MarketsProcessor } = await fixture<{ MarketsProcessor: Type }>('markets.processor');
const { RatesProcessor } = await fixture<{ RatesProcessor: Type }>('rates.processor');
const { RatesModule } = await fixture<{ RatesModule: Type }>('rates.module');

let redis: TestRedis;
let app: IsolatedApp;
let queue: Queue;
let events: QueueEvents;
let places = 0;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

async function start(name: string, processor: Type, imports: Type[] = []): Promise<void> {
  const prefix = `isolated-${process.pid}-${++places}`;
  const connection = { url: redis.url };
  app = await IsolatedApp.start(
    {},
    {
      imports: [BullModule.forRoot({ connection, prefix }), BullModule.registerQueue({ name }), ...imports],
      providers: [processor],
    },
  );
  queue = new Queue(name, { connection, prefix });
  events = new QueueEvents(name, { connection, prefix });
  await events.waitUntilReady();
}
afterEach(async () => {
  await app.close();
  await Promise.all([events.close(), queue.close()]);
});

/** The job when it has ended. */
async function ended(name: string, data = {}, opts = {}): Promise<Job> {
  const { id } = await queue.add(name, data, opts);
  await vi.waitFor(async () => expect(await queue.getJobState(id!)).toMatch(/completed|failed/), SOON);
  return (await queue.getJob(id!))!;
}

describe('@IsolatedProcessor()', () => {
  beforeEach(() => start('markets', MarketsProcessor));

  it('runs process() in another process, and carries log, progress, data and result across', async () => {
    expect((await ended('pid')).returnvalue).not.toBe(process.pid);
    const job = await ended('tell', { market: 'LSE' });
    expect(job.returnvalue).toEqual({
      name: 'tell',
      id: job.id,
      progress: 50,
      rows: 12,
      at: '1970-01-01T00:00:00.000Z',
    });
    expect(job.data).toEqual({ market: 'LSE', rows: 12 });
    expect((await queue.getJobLogs(job.id!)).logs).toEqual(['reading']);
    expect(app.told.filter((line) => line.includes('isolated=markets pid='))).toHaveLength(4);
  });

  it('carries the AbortSignal across', async () => {
    const { id } = await queue.add('obey', {});
    await vi.waitFor(() => expect(app.runner.report().children[0]?.tasks).toBe(1), SOON);
    const { worker } = app.app.get<{ worker: { cancelJob(id: string): boolean } }>(MarketsProcessor);
    expect(worker.cancelJob(id!)).toBe(true);
    await vi.waitFor(async () => expect(await queue.getJobState(id!)).toBe('failed'), SOON);
    expect((await queue.getJob(id!))!.failedReason).toBe('The operation was aborted');
  });

  it('fails with what the job throws; an UnrecoverableError is one', async () => {
    const failed = await ended('fail', {}, { attempts: 2 });
    expect(failed).toMatchObject({ failedReason: 'bad market', attemptsMade: 2 });
    expect(failed.stacktrace![0]).toContain('markets.processor.mjs');
    expect(await ended('never', {}, { attempts: 5 })).toMatchObject({
      failedReason: 'no such market',
      attemptsMade: 1,
    });
  });

  it('lets the job put itself off', async () => {
    const job = await ended('later');
    expect(job).toMatchObject({ returnvalue: 'later', attemptsMade: 1, attemptsStarted: 2 });
  });

  it('fails with the short form of the diagnosis, and is tried again', async () => {
    const job = await ended('exit', {}, { attempts: 2 });
    expect(job).toMatchObject({ failedReason: 'isolated task markets exited with code 7', attemptsMade: 2 });
  });

  it('fails for good after two deaths for want of memory', async () => {
    const job = await ended('heap', {}, { attempts: 5 });
    expect(job.attemptsMade).toBe(2);
    expect(settled(job.failedReason)).toMatchInlineSnapshot(
      `"isolated task markets ran out of heap: V8's ceiling of NMB was reached (SIGABRT, 134 in a shell); give V8 more: \`heap: '80mb'\` of the task (\`--max-old-space-size=80\`) [HEADROOM_MEMORY_DEATH 2]. This was death 2 of this job for want of memory: it fails for good and is not tried again, since that would end the same way. Give it more memory or split it; then retry it by hand."`,
    );
    expect(job.stacktrace![0]).toContain('[HEADROOM_MEMORY_DEATH 1]');
  });
});

describe('@IsolatedProcessor() with a context', () => {
  it('gets its dependencies from a context of its own', async () => {
    await start('rates', RatesProcessor, [RatesModule]);
    const { returnvalue } = await ended('rate', { currency: 'EUR' });
    expect(returnvalue).toMatchObject({ rate: 1 });
    expect((returnvalue as { pid: number }).pid).not.toBe(process.pid);
  });

  it('gives its providers to a task that asks', async () => {
    await start('rates', RatesProcessor, [RatesModule]);
    const module = new URL('./fixtures/rates.module.mjs', import.meta.url);
    const context = { module, export: 'RatesModule' };
    await expect(app.do('context', {}, { context })).resolves.toBe(1.5);
    await expect(app.do('context')).rejects.toThrow('this isolated task has no Nest context');
  });

  it('refuses one that would take jobs in the child', async () => {
    await start('rates', RatesProcessor, [RatesModule]);
    const module = new URL('./fixtures/rates.processor.mjs', import.meta.url);
    const error = await app.runner
      .run(module, {}, { context: { module, export: 'GreedyModule' } })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ exitCause: 'uncaught-error' });
    expect(String(error)).toContain(
      'the context of an isolated task registers a worker for the queue "rates"',
    );
  });
});
