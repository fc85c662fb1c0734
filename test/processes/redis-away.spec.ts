import { Queue } from 'bullmq';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';

import { startRedis, type TestRedis } from '../support/redis.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { type AppSetup, WorkerApp } from './worker-app.js';

let redis: TestRedis;
let proxy: TcpProxy;
let queue: Queue;
const apps: WorkerApp[] = [];
const prefix = `away-${process.pid}`;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());
beforeEach(async () => {
  proxy = await TcpProxy.start(redis);
  queue = new Queue('work', { connection: { url: redis.url }, prefix });
});
afterEach(async () => {
  for (const app of apps.splice(0)) {
    app.kill('SIGKILL');
    await app.end();
  }
  await queue.close();
  await proxy.stop();
});

async function start(redisUrl: string): Promise<WorkerApp> {
  const setup: AppSetup = {
    redisUrl,
    prefix,
    worker: { concurrency: 2, lockDuration: 2000, stalledInterval: 1000 },
    resilience: { drain: { timeoutMs: 300, graceMs: 300 } },
  };
  const app = await WorkerApp.start(setup);
  apps.push(app);
  return app;
}

it('a shutdown ends though Redis is away, and what ran then runs elsewhere', async () => {
  const app = await start(proxy.urlFor(redis.url));
  const { id } = await queue.add('obey', { ms: 1500 });
  await app.see('started', { id });
  proxy.cut();
  const since = Date.now();
  app.kill('SIGTERM');
  expect(await app.end()).toEqual([null, 'SIGTERM']);
  expect(Date.now() - since).toBeLessThan(15_000);
  expect(app.find('finished')).toEqual([]);

  const other = await start(redis.url);
  await vi.waitFor(async () => expect(await queue.getJobState(id!)).toBe('completed'), { timeout: 20_000 });
  expect(other.find('finished', { id })).toHaveLength(1);
}, 60_000);

it('a worker without a job does not hold the shutdown up either', async () => {
  const app = await start(proxy.urlFor(redis.url));
  proxy.cut();
  await app.see('worker error');
  const since = Date.now();
  app.kill('SIGTERM');
  expect(await app.end()).toEqual([null, 'SIGTERM']);
  expect(Date.now() - since).toBeLessThan(15_000);
}, 60_000);
