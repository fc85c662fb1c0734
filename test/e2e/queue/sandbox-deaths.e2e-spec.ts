import { type Job, type Queue, Worker, type WorkerOptions } from 'bullmq';
import { withResilience } from 'nestjs-headroom';
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

const SOON = { timeout: 8000, interval: 20 };
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

interface Started {
  readonly app: QueueApp;
  readonly queue: Queue;
  readonly pids: () => number[];
}

/** An app with one worker, whose sandboxed processor is told by its environment how to die. */
async function start(env: Record<string, string>, isThread = false): Promise<Started> {
  const file = join(folder, randomUUID());
  const options = { env: { ...process.env, PIDS: file, ...env }, execArgv: [] };
  const processor = isThread
    ? { path: FILE, useWorkerThreads: true, workerThreadsOptions: options }
    : { path: FILE, workerForkOptions: options };
  const app = await QueueApp.start({ redis, queues: [{ name: 'dying', processors: [processor] }] });
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
    ['exit', 'process', 'exit code 1'],
    ['quietly', 'process', 'exit code 0'],
    ['kill', 'process', 'signal SIGKILL'],
    ['abort', 'process', 'signal SIGABRT'],
    ['throw', 'process', 'exit code 0: no such table'],
    ['exit', 'thread', 'exit code 1'],
    ['throw', 'thread', 'exit code 0: no such table'],
  ])('%s, in a %s: %s', async (DEATH, kind, how) => {
    const { app, queue, pids } = await start({ DEATH }, kind === 'thread');
    const job = await failing(queue);
    expect(job.failedReason).toBe(
      `the sandboxed processor's ${kind} died while it started: ${how} (${FILE})`,
    );
    expect(job.attemptsMade).toBe(1);
    expect(app.log.matching(/task end mem .* outcome=failed error=Error job=dying:any#1/)).toHaveLength(1);
    expect(await closesWithin(3000, app.close())).toBe(true);
    expect(pids().filter((pid) => pid !== process.pid && isAlive(pid))).toEqual([]);
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
  expect((await failing(queue)).failedReason).toMatch(/died while it started: exit code 1/);
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
  expect((await failed).failedReason).toBe('Unexpected exit code: 3 signal: null');
  expect(rejections).toEqual([]);
});
