import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { startRedis, type TestRedis } from '../support/redis.js';
import { SampleProcess } from './sample-process.js';

const SOON = { timeout: 20_000, interval: 20 };

describe('the sample app, on its embedded Redis', () => {
  let app: SampleProcess;
  beforeAll(async () => {
    app = await SampleProcess.start();
  });
  afterAll(() => app.kill('SIGKILL'));

  it('says what to try next', () => {
    expect(app.output).toMatch(/wrapped: all routes, 4 queue workers \(.*\), 1 scheduled task/);
    expect(app.output.match(/^ {4}curl /gm)).toHaveLength(3);
    expect(app.output).toContain(`Health: http://localhost:${app.port}/health`);
  });

  it('works through a batch while it answers', async () => {
    const drawn = await app.watchBatch();
    for (const step of ['indicators', 'rankings', 'reports'])
      expect(drawn).toMatch(new RegExp(`${step} .* 100% \\| (\\d+) of \\1 jobs`));
    expect(drawn).toMatch(/ is done: 84 jobs, 0 failed, \d+\.\d s$/m);
    expect(await app.json('/batches/latest')).toMatchObject({ percent: 100 });
    expect(await app.json('/rankings/XNYS')).toMatchObject({ market: 'XNYS' });
    expect(await app.json('/reports/XNYS')).toMatchObject({ market: 'XNYS' });
    const [, ticker] = /\/indicators\/(\S+)/.exec(app.output)!;
    expect(await app.json(`/indicators/${ticker}`)).toMatchObject({ ticker });
    expect(await SampleProcess.dataBytes()).toBeGreaterThan(10 * 1024 ** 2);
    expect(app.output).toMatch(/task end mem .* outcome=ok .*job=(indicators|rankings|reports):/);
  });

  it('builds a report on demand, in a process of its own', async () => {
    expect(await app.runReport('xlon')).toMatchObject({ market: 'XLON', state: 'completed', percent: 100 });
    expect(await app.json('/reports/XLON')).toMatchObject({ tickers: 500, rows: 65_000 });
    // Its line may be one of those that are not written, while a batch writes many.
    await vi.waitFor(async () => {
      await app.runReport('xlon');
      expect(app.output).toMatch(/task end mem .* outcome=ok isolated=report pid=\d+$/m);
    }, 30_000);
  });

  it('outlives a report that is too large for its process, and answers meanwhile', async () => {
    let hasEnded = false;
    const report = app.runReport('ALL').finally(() => (hasEnded = true));
    const [{ state, error }, slowestMs] = await Promise.all([report, slowestAnswer(app, () => hasEnded)]);
    expect(state).toBe('failed');
    expect(error).toMatch(
      /^isolated task report ran out of heap: V8's ceiling of 128MB was reached \(SIGABRT/,
    );
    expect(error).toContain("give V8 more: `heap: '192mb'` of the task");
    expect(app.output).toMatch(
      /isolated task report \(pid \d+\) ran out of heap[^]*FATAL ERROR: [^]*what to change:/,
    );
    expect(slowestMs).toBeLessThan(1000);
    expect((await app.fetch('/reports/ALL')).status).toBe(404);
    expect(await app.runReport('XPAR')).toMatchObject({ state: 'completed' });
  });

  it('bundles client modules on demand', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, async () => app.fetch('/bundles/rxjs.js')));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect((await answers[0]!.text()).length).toBeGreaterThan(50_000);
  });

  it('does not start on a port that is taken', async () => {
    const second = await SampleProcess.spawn({ PORT: `${app.port}` });
    expect(await second.end()).toBe(1);
    expect(second.output).toContain(`Port ${app.port} is taken.`);
  });

  it('ends on SIGTERM, after the report that runs, and leaves no process behind', async () => {
    const from = app.output.length;
    await app.fetch('/reports/XNAS', { method: 'POST' });
    await vi.waitFor(() => expect(app.output.slice(from)).toMatch(/task start .* isolated=report/), SOON);
    expect(app.children.some(({ isAlive }) => isAlive)).toBe(true);
    app.kill('SIGTERM');
    expect(await app.end()).toBe('SIGTERM');
    expect(app.output.slice(from)).toMatch(/drained in [^]*lifecycle=shutdown/);
    expect(app.output.slice(from)).toMatch(/outcome=ok isolated=report/);
    expect(app.children.filter(({ isAlive }) => isAlive)).toEqual([]);
  });
});

describe('the sample app in several processes', () => {
  let redis: TestRedis;
  let api: SampleProcess;
  let workers: readonly SampleProcess[] = [];
  beforeAll(async () => {
    redis = await startRedis();
    const start = async (ROLE: string) => SampleProcess.start({ ROLE, REDIS_URL: redis.url });
    [api, ...workers] = await Promise.all([start('api'), start('worker'), start('worker')]);
  });
  afterAll(async () => {
    for (const one of [api, ...workers]) one.kill('SIGKILL');
    await Promise.all([api, ...workers].map(async (one) => one.end()));
    await redis.stop();
  });

  it('has an API without workers, and workers with nothing but their health and costs', async () => {
    expect(api.output).toMatch(/wrapped: all routes$/m);
    for (const worker of workers) {
      expect(worker.output).toMatch(/wrapped: all routes, 4 queue workers \(.*\), 1 scheduled task/);
      const paths = ['/health', '/costs', '/batches/latest', '/reports/XNYS', '/bundles/rxjs.js', '/ping'];
      const answers = await Promise.all(paths.map(async (path) => worker.fetch(path)));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 404, 404, 404, 404]);
    }
  });

  it('shares a batch among the workers', async () => {
    expect(await api.runBatch()).toMatchObject({ summary: { jobs: 84, failed: 0 } });
    expect(await api.json('/reports/XNYS')).toMatchObject({ market: 'XNYS' });
    const [none, ...some] = await Promise.all([api, ...workers].map(jobsOf));
    expect(none).toBe(0);
    for (const jobs of some) expect(jobs).toBeGreaterThan(0);
    expect(some.reduce((sum, jobs) => sum + jobs)).toBe(84);
  });
});

describe('the sample app does not start', () => {
  it.each([
    [{ ROLE: 'cron' }, 'ROLE must be one of api, worker, both, got "cron".'],
    [{ ROLE: 'api' }, 'ROLE is "api" and REDIS_URL is not set: processes cannot share an embedded Redis'],
    [{ ROLE: 'worker' }, 'ROLE is "worker" and REDIS_URL is not set'],
    [{ NODE_ENV: 'production' }, 'NODE_ENV is "production" and REDIS_URL is not set'],
    [{ PORT: '0' }, 'PORT must be a whole number from 1 to 65535, got "0".'],
  ])('with %o', async (settings, message) => {
    const app = await SampleProcess.spawn(settings);
    expect(await app.end()).toBe(1);
    expect(app.output).toContain(message);
  });
});

/** Milliseconds; fails when one is refused, or not answered. */
async function slowestAnswer(app: SampleProcess, hasEnded: () => boolean): Promise<number> {
  let slowestMs = 0;
  while (!hasEnded()) {
    for (const path of ['/ping', '/health/live']) {
      const since = performance.now();
      expect((await app.fetch(path)).status).toBe(200);
      slowestMs = Math.max(slowestMs, performance.now() - since);
    }
    await wait(20);
  }
  return slowestMs;
}

/** How many jobs of the three work queues a process has run. */
async function jobsOf(app: SampleProcess): Promise<number> {
  const costs = (await (await app.fetch('/costs')).json()) as { kind: string; name: string; runs: number }[];
  return costs
    .filter(({ kind, name }) => kind === 'job' && /^(indicators|rankings|reports):/.test(name))
    .reduce((sum, { runs }) => sum + runs, 0);
}
