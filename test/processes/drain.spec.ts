import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';

import { onEachBackend } from './ground.js';
import type { AppSetup, WorkerApp } from './worker-app.js';

const SHORT = { timeoutMs: 500, graceMs: 300 };

onEachBackend((ground) => {
  let app: WorkerApp;

  async function start(drain: object | false = SHORT, setup: AppSetup = {}): Promise<WorkerApp> {
    const worker = { concurrency: 5, lockDuration: 5000 };
    return ground.start({ worker, resilience: { drain }, ...setup });
  }

  /** Adds a job and waits until it runs. */
  async function running(name: string, data: object = {}, options = {}): Promise<string> {
    const { id } = await ground.queue.add(name, data, options);
    await app.see('started', { id });
    return id!;
  }

  describe('a job that runs when SIGTERM comes', () => {
    it('ends by itself when it is quick enough, while the database is open', async () => {
      app = await start();
      const id = await running('wait', { ms: 300 });
      app.kill('SIGTERM');
      expect(await app.end()).toEqual([null, 'SIGTERM']);
      expect(app.find('finished', { id })).toMatchObject([{ isDatabaseOpen: true }]);
      expect(await ground.queue.getJobState(id)).toBe('completed');
      expect(
        app.lines(/^log draining: readiness is down, no job starts; 1 job \(work:wait#1\) may end/),
      ).toHaveLength(1);
      expect(app.lines(/^log drained in \d+ms: 1 job finished$/)).toHaveLength(1);
    });

    it('is cancelled, and goes back to its queue without burning an attempt', async () => {
      app = await start();
      const id = await running('obey', {}, { attempts: 1 });
      app.kill('SIGTERM');
      await app.end();
      expect(
        app.lines(/drained in \S+: 0 jobs finished; 1 job cancelled and back in the queue \(work:obey#1\)/),
      ).toHaveLength(1);
      expect(await ground.queue.getJobState(id)).toBe('waiting');
      expect(await ground.queue.getJob(id)).toMatchObject({ attemptsMade: 0, stalledCounter: 0 });
    });

    it('goes back as well when it throws an error of its own on abort', async () => {
      app = await start();
      const id = await running('fail', {}, { attempts: 1 });
      app.kill('SIGTERM');
      await app.end();
      expect(await ground.queue.getJobState(id)).toBe('waiting');
    });

    it('fails when it says on abort that it must not be tried again', async () => {
      app = await start();
      const id = await running('giveUp', {}, { attempts: 3 });
      app.kill('SIGTERM');
      await app.end();
      expect(await ground.queue.getJobState(id)).toBe('failed');
      expect(app.lines(/drained in \S+: 1 job finished$/)).toHaveLength(1);
    });

    it('fails when it has thrown before it was told to stop', async () => {
      app = await start();
      const id = await running('fail', { ms: 300 }, { attempts: 1 });
      app.kill('SIGTERM');
      await app.end();
      expect(await ground.queue.getJobState(id)).toBe('failed');
    });

    it('is handed back when it ignores its signal: for later, as it may run on here for a moment', async () => {
      app = await start();
      const id = await running('wait', { ms: 60_000 });
      app.kill('SIGTERM');
      expect(await app.end()).toEqual([null, 'SIGTERM']);
      expect(await ground.queue.getJobState(id)).toBe('delayed');
      const job = (await ground.queue.getJob(id))!;
      expect(job).toMatchObject({ attemptsMade: 0, stalledCounter: 0 });
      expect(job.delay).toBeGreaterThan(4000);
      expect(
        app.lines(/^warn drained in \S+: 0 jobs finished; 1 job did not heed the signal .* \(work:wait#1\)$/),
      ).toHaveLength(1);
    });

    it('is left to its lock when it may not be started again', async () => {
      app = await start(SHORT, { worker: { concurrency: 5, maxStartedAttempts: 1 } });
      const id = await running('wait', { ms: 60_000 });
      app.kill('SIGTERM');
      await app.end();
      expect(await ground.queue.getJobState(id)).toBe('active');
      expect(
        app.lines(/1 job could not go back and will run elsewhere when the lock has run out/),
      ).toHaveLength(1);
    });

    it('runs once elsewhere', async () => {
      app = await start();
      const id = await running('obey', { ms: 1500 });
      app.kill('SIGTERM');
      await app.end();
      app = await start();
      await vi.waitFor(async () => expect(await ground.queue.getJobState(id)).toBe('completed'), {
        timeout: 5000,
      });
      expect(app.find('finished', { id })).toHaveLength(1);
    });
  });

  it('each job ends in its own way, and one line tells of all', async () => {
    app = await start({ timeoutMs: 2500, graceMs: 500 });
    const quick = await running('wait', { ms: 2000 });
    const obedient = await running('obey');
    const ownWay = await running('fail');
    const deaf = await running('wait', { ms: 60_000 });
    app.kill('SIGTERM');
    expect(await app.end()).toEqual([null, 'SIGTERM']);
    const states = [quick, obedient, ownWay, deaf].map(async (id) => ground.queue.getJobState(id));
    expect(await Promise.all(states)).toEqual(['completed', 'waiting', 'waiting', 'delayed']);
    const line = app.lines(/^warn drained in /)[0];
    expect(line).toContain(': 1 job finished; 2 jobs cancelled and back in the queue (');
    expect(line).toContain('work:obey#2');
    expect(line).toContain('work:fail#3');
    expect(line).toContain(
      '1 job did not heed the signal and went back to the queue, to run elsewhere (work:wait#4)',
    );
  });

  it('is told in one line when no job runs', async () => {
    app = await start();
    app.kill('SIGTERM');
    await app.end();
    expect(app.lines(/^log draining: readiness is down, no job starts; no job runs$/)).toHaveLength(1);
    expect(app.lines(/drained/)).toEqual([]);
  });

  it.each(['before', 'after'] as const)(
    'a database that closes in onModuleDestroy() does so after the jobs, when it is imported %s',
    async (imports) => {
      app = await start(SHORT, { imports });
      const id = await running('wait', { ms: 300 });
      app.kill('SIGTERM');
      await app.end();
      expect(app.find('finished', { id })).toMatchObject([{ isDatabaseOpen: true }]);
      const order = app.events.filter(({ event }) => event === 'finished' || event === 'database closed');
      expect(order.map(({ event }) => event)).toEqual(['finished', 'database closed']);
    },
  );

  it('no job starts any more, and those that wait stay where they are', async () => {
    app = await start(SHORT, { worker: { concurrency: 1 } });
    await running('wait', { ms: 500 });
    const { id: next } = await ground.queue.add('wait', {});
    app.kill('SIGTERM');
    await app.seeLine(/draining/);
    const { id: late } = await ground.queue.add('wait', {});
    await app.end();
    expect(await ground.queue.getJobState(next!)).toBe('waiting');
    expect(await ground.queue.getJobState(late!)).toBe('waiting');
  });

  it('readiness is down while HTTP is still answered, and connections are closed', async () => {
    app = await start({ timeoutMs: 3000, graceMs: 100 });
    const { status: before } = await fetch(`${app.url}/health/ready`);
    await running('wait', { ms: 1500 });
    app.kill('SIGTERM');
    await app.seeLine(/draining/);
    const ready = await fetch(`${app.url}/health/ready`);
    const ping = await fetch(`${app.url}/ping`);
    const live = await fetch(`${app.url}/health/live`);
    expect([before, ready.status, live.status, ping.status]).toEqual([200, 503, 200, 200]);
    expect(await ready.json()).toMatchObject({
      error: { readiness: { status: 'down', phase: 'draining' } },
    });
    expect(ping.headers.get('connection')).toBe('close');
    await app.end();
  });

  it('HTTP is served for as long as load balancers need, also when nothing runs', async () => {
    app = await start({ ...SHORT, readinessDelayMs: 800 });
    app.kill('SIGTERM');
    const since = Date.now();
    await app.seeLine(/draining/);
    await wait(500);
    expect((await fetch(`${app.url}/ping`)).status).toBe(200);
    await app.end();
    expect(Date.now() - since).toBeGreaterThan(750);
  });

  describe('a second signal', () => {
    it('cuts the wait short: jobs are cancelled at once', async () => {
      app = await start({ timeoutMs: 60_000, graceMs: 5000 });
      const id = await running('obey');
      app.kill('SIGTERM');
      await app.seeLine(/draining/);
      app.kill('SIGINT');
      await app.end();
      expect(await ground.queue.getJobState(id)).toBe('waiting');
    });

    it('and a third one the grace: they are handed back', async () => {
      app = await start({ timeoutMs: 60_000, graceMs: 60_000 });
      const id = await running('wait', { ms: 60_000 });
      app.kill('SIGTERM');
      await app.seeLine(/draining/);
      app.kill('SIGTERM');
      await wait(200);
      app.kill('SIGTERM');
      await app.end();
      expect(await ground.queue.getJobState(id)).toBe('delayed');
    });
  });

  it('a signal during boot ends the process, and no job is lost', async () => {
    await ground.queue.add('wait', { ms: 300 });
    app = ground.spawn({ resilience: { drain: SHORT } });
    await app.see('log');
    app.kill('SIGTERM');
    await app.end();
    expect(['waiting', 'completed']).toContain(await ground.queue.getJobState('1'));
  });

  it('`drain: false` leaves it to BullMQ, which waits', async () => {
    app = await start(false);
    const id = await running('wait', { ms: 1500 });
    app.kill('SIGTERM');
    await app.end();
    expect(await ground.queue.getJobState(id)).toBe('completed');
    expect(app.lines(/drain/)).toEqual([]);
  });

  it('warns when nothing listens to SIGTERM', async () => {
    app = await start(SHORT, { hooks: false });
    const warning = /^warn nothing listens to SIGTERM.*call app\.enableShutdownHooks\(\) in main\.ts/;
    await app.seeLine(warning);
    expect(app.lines(warning)).toHaveLength(1);
  });
});
