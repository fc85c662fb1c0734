import { type Job, type Queue, Worker, type WorkerOptions } from 'bullmq';
import { type ResilienceOptions, withResilience } from 'nestjs-headroom';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import { startRedis, type TestRedis } from '../../support/redis.js';
import { QueueApp } from './queue-app.js';

const SOON = { timeout: 20_000, interval: 20 };
const FILE = fileURLToPath(new URL('./dying.processor.mjs', import.meta.url));

let redis: TestRedis;
let folder: string;
beforeAll(async () => {
  redis = await startRedis();
  folder = await mkdtemp(join(tmpdir(), 'sandbox-deaths-'));
});
afterAll(async () => {
  await redis.stop();
  await rm(folder, { recursive: true });
});

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

interface More {
  readonly fork?: { readonly execArgv: string[] };
  readonly resilience?: ResilienceOptions;
  /** Of the app whose queue it is. */
  readonly prefix?: string;
}

interface Started {
  readonly app: QueueApp;
  readonly queue: Queue;
  readonly pids: () => number[];
}

/** An app with one worker, whose sandboxed processor is told by its environment how to die. */
async function start(env: Record<string, string>, isThread = false, more: More = {}): Promise<Started> {
  const file = join(folder, randomUUID());
  // Alive from the first one on, unless told to die.
  const death = env.DEATH ? {} : { LIVES_AFTER: '0' };
  const options = { env: { ...process.env, PIDS: file, ...death, ...env }, execArgv: [], ...more.fork };
  const processor = isThread
    ? { path: FILE, useWorkerThreads: true, workerThreadsOptions: options }
    : { path: FILE, workerForkOptions: options };
  const app = await QueueApp.start({
    redis,
    queues: [{ name: 'dying', processors: [processor] }],
    ...(more.resilience && { resilience: more.resilience }),
    ...(more.prefix !== undefined && { prefix: more.prefix }),
  });
  const queue = app.queue('dying');
  cleanUps.push(
    () => queue.close(),
    () => app.close(),
  );
  const read = () => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : []);
  return { app, queue, pids: read };
}

/** Runs one job until it has failed. */
async function failing(queue: Queue, name = 'any', opts = {}): Promise<Job> {
  const { id } = await queue.add(name, {}, opts);
  await vi.waitFor(async () => expect(await queue.getJobState(id!)).toBe('failed'), SOON);
  return (await queue.getJob(id!))!;
}

/** What it says literally, where `.*` is anything. */
function pattern(text: string): RegExp {
  return new RegExp(text.replace(/[()/]/g, '\\$&'));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function closesWithin(ms: number, closing: Promise<unknown>): Promise<boolean> {
  return Promise.race([closing.then(() => true), wait(ms, false)]);
}

describe('a sandboxed processor that dies while it starts fails its job, and the app closes', () => {
  it.each([
    ['exit', 'process', 'exited with code 1'],
    ['quietly', 'process', 'exited with code 0, before it was done'],
    ['kill', 'process', 'was killed, and .* (SIGKILL, 137 in a shell)'],
    ['abort', 'process', 'aborted (SIGABRT, 134 in a shell)'],
    ['throw', 'process', 'threw Error: no such table, uncaught (exit code 0)'],
    ['exit', 'thread', 'exited with code 1'],
    ['throw', 'thread', 'threw Error: no such table, uncaught (exit code 0)'],
  ])('%s, in a %s: %s', async (DEATH, kind, how) => {
    const { app, queue, pids } = await start({ DEATH }, kind === 'thread');
    const job = await failing(queue);
    expect(job.failedReason).toMatch(
      pattern(`^the sandboxed processor's ${kind} died while it started: ${how} (${FILE})$`),
    );
    expect(app.log.matching(/^error the sandboxed processor's .* died while it started: /)).toHaveLength(1);
    expect(job.attemptsMade).toBe(1);
    expect(app.log.matching(/task end mem .* outcome=failed error=Error job=dying:any#1/)).toHaveLength(1);
    expect(await closesWithin(3000, app.close())).toBe(true);
    expect(pids().filter((pid) => pid !== process.pid && isAlive(pid))).toEqual([]);
  });
});

describe('a sandboxed processor that dies in its job', () => {
  const smallHeap = { execArgv: ['--max-old-space-size=40'] };

  it('fails it with the reason, and the log tells all that is known', async () => {
    const { app, queue } = await start({}, false, { fork: smallHeap });
    const job = await failing(queue, 'heap');
    expect(job.failedReason).toBe(
      "the sandboxed processor's process died: ran out of heap: V8's ceiling of 40MB was reached " +
        `(SIGABRT, 134 in a shell) (${FILE}) [HEADROOM_MEMORY_DEATH 1]`,
    );
    const told = app.log.matching(/^error the sandboxed processor's process died: /);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(
      /its last words: FATAL ERROR: \w.* Allocation failed - JavaScript heap out of memory/,
    );
    expect(told[0]).toMatch(
      /^memory: rss \d+MB at start, \d+MB last, peak \d+MB; heap up to 40MB; limit \d+MB$/m,
    );
    expect(told[0]).toMatch(/^ {2}- give V8 more: `--max-old-space-size=64`/m);
  });

  it('in observe mode is explained in the log, and fails as BullMQ says', async () => {
    const { app, queue } = await start({}, false, { resilience: { mode: 'observe' } });
    const job = await failing(queue, 'kill');
    expect(job.failedReason).toBe('Unexpected exit code: null signal: SIGKILL');
    expect(
      app.log.matching(/^error the sandboxed processor's process died: was killed, and not by the kernel/),
    ).toHaveLength(1);
  });

  it('has its last lines in the log, without secrets', async () => {
    const { app, queue } = await start({ SERVICE_TOKEN: 'tok-4711-abc' });
    vi.stubEnv('SERVICE_TOKEN', 'tok-4711-abc');
    cleanUps.push(async () => vi.unstubAllEnvs());
    await failing(queue, 'say-and-exit');
    const [told] = app.log.matching(/^error the sandboxed processor's process died: exited with code 3/);
    expect(told).toMatch(/^ {2}\| cannot reach redis:\/\/app:\*\*\*@db\n {2}\| token \*\*\*$/m);
  });

  it('for want of memory, again and again, fails for good', async () => {
    const { app, queue } = await start({}, false, { fork: smallHeap });
    const job = await failing(queue, 'heap', { attempts: 5, stackTraceLimit: 1 });
    expect(job.attemptsMade).toBe(2);
    expect(job.failedReason).toMatch(
      / \[HEADROOM_MEMORY_DEATH 2\]\. This was death 2 of this job for want of memory/,
    );
    // BullMQ tells it a moment after the backend has it.
    await vi.waitFor(() => expect(app.workers.reports()).toMatchObject([{ poisoned: 1, failed: 2 }]), SOON);
    expect(app.log.matching(/^error .* died: ran out of heap/)).toHaveLength(3);
  });

  it('is counted across apps, and `maxMemoryDeaths` says how often', async () => {
    const opts = { attempts: 5, stackTraceLimit: 1, backoff: { type: 'fixed', delay: 500 } };
    const resilience = { queue: { maxMemoryDeaths: 3 } };
    const first = await start({}, false, { fork: smallHeap, resilience });
    const { id } = await first.queue.add('heap', {}, opts);
    await vi.waitFor(
      async () => expect(await first.queue.getJob(id!)).toMatchObject({ attemptsMade: 1 }),
      SOON,
    );
    await first.app.close();
    await start({}, false, { fork: smallHeap, resilience, prefix: first.app.prefix });
    await vi.waitFor(async () => expect(await first.queue.getJobState(id!)).toBe('failed'), SOON);
    expect(await first.queue.getJob(id!)).toMatchObject({ attemptsMade: 3 });
  });

  it('for want of memory, uses all its attempts with `maxMemoryDeaths: false`', async () => {
    const resilience = { queue: { maxMemoryDeaths: false as const } };
    const { queue } = await start({}, false, { fork: smallHeap, resilience });
    expect(await failing(queue, 'heap', { attempts: 3 })).toMatchObject({ attemptsMade: 3 });
  });

  it('for another reason, uses all its attempts', async () => {
    const { queue } = await start({});
    const job = await failing(queue, 'kill', { attempts: 3 });
    expect(job.attemptsMade).toBe(3);
    expect(job.failedReason).not.toContain('MEMORY_DEATH');
  });

  it('since the app shuts down, is no news', async () => {
    const resilience = { drain: { timeoutMs: 200, graceMs: 200 } };
    const { app, queue, pids } = await start({}, false, { resilience });
    await queue.add('hang', {});
    await vi.waitFor(async () => expect(await queue.getActiveCount()).toBe(1), SOON);
    await vi.waitFor(() => expect(pids()).toHaveLength(1), SOON);
    await app.close();
    expect(isAlive(pids()[0]!)).toBe(false);
    expect(app.log.matching(/ died/)).toEqual([]);
  });

  it('does not hold up the next job, and nothing is told of a process that goes when it has nothing to do', async () => {
    const { app, queue, pids } = await start({ LIVES_AFTER: '0' });
    const { id } = await queue.add('any', {});
    await vi.waitFor(async () => expect(await queue.getJobState(id!)).toBe('completed'), SOON);
    process.kill(pids()[0]!, 'SIGKILL');
    await vi.waitFor(() => expect(isAlive(pids()[0]!)).toBe(false), SOON);
    const { id: next } = await queue.add('any', {});
    await vi.waitFor(async () => expect(await queue.getJobState(next!)).toBe('completed'), SOON);
    expect(app.log.matching(/ died/)).toEqual([]);
  });
});

it('its job is tried again like every job that fails', async () => {
  const { queue, pids } = await start({ DEATH: 'exit', LIVES_AFTER: '2' });
  const { id } = await queue.add('any', {}, { attempts: 3 });
  await vi.waitFor(async () => expect(await queue.getJobState(id!)).toBe('completed'), SOON);
  expect(await queue.getJob(id!)).toMatchObject({ returnvalue: 'alive', attemptsMade: 3 });
  expect(pids()).toHaveLength(3);
});

it('a worker made by hand is covered, and one that is not wrapped starts its children as ever', async () => {
  const { app } = await start({ DEATH: 'exit' });
  const options: WorkerOptions = { connection: app.connection, prefix: app.prefix };
  const queue = app.queue('by-hand');
  const pids = join(folder, randomUUID());
  const workerForkOptions = { env: { ...process.env, PIDS: pids, DEATH: 'exit' }, execArgv: [] };
  const wrapped = new (withResilience(Worker))('by-hand', FILE, { ...options, workerForkOptions });
  cleanUps.push(
    () => queue.close(),
    () => wrapped.close(),
  );
  expect((await failing(queue)).failedReason).toMatch(/died while it started: exited with code 1/);
  await wrapped.close();
  const plain = new Worker('by-hand', FILE, options);
  cleanUps.push(() => plain.close());
  const { id } = await queue.add('any', {});
  await vi.waitFor(async () => expect(await queue.getJobState(id!)).toBe('completed'), SOON);
});

it('a child that can no longer be told anything does not end the app', async () => {
  const rejections: unknown[] = [];
  const note = (reason: unknown) => rejections.push(reason);
  process.on('unhandledRejection', note);
  cleanUps.push(async () => process.off('unhandledRejection', note));
  const app = await QueueApp.start({ redis, queues: [] });
  const queue = app.queue('cut-off');
  const worker = new (withResilience(Worker))('cut-off', FILE, {
    connection: app.connection,
    prefix: app.prefix,
  });
  cleanUps.push(
    () => app.close(),
    () => queue.close(),
    () => worker.close(),
  );
  const failed = failing(queue, 'disconnect');
  await wait(700);
  expect(worker.cancelJob('1')).toBe(true);
  expect((await failed).failedReason).toBe(
    `the sandboxed processor's process died: exited with code 3 (${FILE})`,
  );
  expect(rejections).toEqual([]);
});
