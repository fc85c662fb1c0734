import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';

import { memoryCgroupOrSkip } from '../../support/memory-cgroup.js';
import type { Ground } from '../ground.js';
import type { Supervisor } from '../supervisor.js';
import type { AppSetup, Spawn, WorkerApp } from '../worker-app.js';

const MB = 1024 ** 2;
const SOON = { timeout: 40_000, interval: 50 };
/**
 * Locks that run out soon, and checks that find it soon. Redis may tell a process that is stopped that there is a job,
 * and nobody else: then another one finds it when it asks again, after so many seconds.
 */
const QUICK = { concurrency: 5, lockDuration: 1000, stalledInterval: 500, drainDelay: 1 };

async function workersOf(app: WorkerApp): Promise<Record<string, unknown>[]> {
  const response = await fetch(`${app.url}/health`);
  const body = (await response.json()) as {
    details: { queue_workers: { workers: Record<string, unknown>[] } };
  };
  return body.details.queue_workers.workers;
}

async function dies(app: WorkerApp): Promise<void> {
  app.kill('SIGKILL');
  await app.end();
}

function setup(worker: object, more: AppSetup): AppSetup {
  return { worker: { ...QUICK, ...worker }, ...more };
}

export function deaths(ground: Ground): void {
  const start = (worker: object = {}, more: AppSetup = {}): Promise<WorkerApp> =>
    ground.start(setup(worker, more));
  const supervise = (worker: object = {}, more: AppSetup = {}, spawn?: Spawn): Supervisor =>
    ground.supervise(setup(worker, more), spawn);
  const limited = (): Spawn => ground.limitedTo(256 * MB);

  /** A job that runs in a process starts in another one, while the first is stopped. */
  async function takesOver(holder: WorkerApp, id: string): Promise<WorkerApp> {
    holder.kill('SIGSTOP');
    const other = await start();
    await other.see('started', { id });
    holder.kill('SIGCONT');
    await holder.seeLine(/lost its lock/);
    return other;
  }

  async function logOf(id: string): Promise<string[]> {
    return (await ground.queue.getJobLogs(id)).logs;
  }

  describe('a lock that is lost', () => {
    it('while the process was stopped: the job is told to stop, the log says so, and it is counted', async () => {
      const app = await start();
      const { id } = await ground.queue.add('obey', { ms: 20_000 });
      await app.see('started', { id });
      app.kill('SIGSTOP');
      const other = await start();
      await other.see('started', { id });
      app.kill('SIGCONT');
      await app.seeLine(/work:obey#1 lost its lock/);
      expect(
        app.lines(/^error work:obey#1 lost its lock, its signal was aborted: it may run twice\./),
      ).toHaveLength(1);
      await vi.waitFor(async () => {
        expect(await workersOf(app)).toMatchObject([{ lostLocks: 1, active: 0, status: 'degraded' }]);
      }, SOON);
      expect(app.find('finished')).toEqual([]);
      await vi.waitFor(async () => {
        expect((await logOf(id!)).join('\n')).toContain('lost lock 1, but its process lives');
      }, SOON);
    });

    it('by a job that blocks the loop: that job is named, and the others are told to stop', async () => {
      const app = await start();
      const { id: victim } = await ground.queue.add('obey', { ms: 20_000 });
      await app.see('started', { id: victim });
      // It is stopped while the app takes the job that blocks, and there to take the victim, as soon as it can.
      const other = await start();
      other.kill('SIGSTOP');
      const until = join(ground.newFolder(), 'go-on');
      const { id: blocking } = await ground.queue.add('block', { until });
      await app.see('started', { id: blocking });
      other.kill('SIGCONT');
      // On PostgreSQL a lock that has run out can be renewed until somebody takes the job.
      await other.see('started', { id: victim });
      // It may wait there, while the victim runs alone.
      await vi.waitFor(async () => {
        expect((await ground.queue.getJob(blocking!))!.stalledCounter).toBe(1);
      }, SOON);
      writeFileSync(until, '');
      await app.seeLine(/work:obey#1 lost its lock/);
      expect(
        app.lines(
          /the event loop was blocked for \d+ms by work:block#2, while it had jobs with locks of 1000ms/,
        ),
      ).toHaveLength(1);
      expect(
        app.lines(/work:obey#1 lost its lock, its signal was aborted.*blocked for \d+ms by work:block#2/),
      ).toHaveLength(1);
      await app.seeLine(/work#2 ran to its end without its lock|work:block#2 lost its lock/);
    });
  });

  describe('a job that kills its process', () => {
    it('is started alone then, and fails for good after three deaths', async () => {
      const supervisor = supervise();
      const { id } = await ground.queue.add('crash', {}, { attempts: 5 });
      await vi.waitFor(async () => expect(await ground.queue.getJobState(id!)).toBe('failed'), SOON);
      expect(supervisor.exits).toHaveLength(3);
      expect((await ground.queue.getJob(id!))!.failedReason).toMatch(
        /^work:crash#1 was running when its process died, 3 times: it fails for good and is not started again/,
      );
      expect(
        supervisor.lines(/work:crash#1 was running when its process died \(1 of 3 times\): it starts alone/),
      ).toHaveLength(1);
      expect(
        supervisor.lines(/work:crash#1 was running when its process died \(2 of 3 times\): it starts alone/),
      ).toHaveLength(1);
      expect(supervisor.lines(/^error work:crash#1 was running when its process died, 3 times/)).toHaveLength(
        1,
      );
      expect(await workersOf(supervisor.current)).toMatchObject([{ poisoned: 1, failed: 1 }]);
      expect((await logOf(id!)).map((line) => line.replace(/ \(pid .*/, ''))).toEqual([
        '[headroom] starts again with lock 2; its process seems to have died with lock 1',
        '[headroom] starts again with lock 3; its process seems to have died with lock 1, 2',
        '[headroom] fails in 1000ms, unless a process says that it lives: its process seems to have died with lock 1, 2, 3',
        '[headroom] fails for good with lock 4',
      ]);
      await (await ground.queue.getJob(id!))!.retry();
      await vi.waitFor(() => expect(supervisor.exits).toHaveLength(4), SOON);
    });

    it('takes nobody with it: jobs that ran beside it are done, none of them counted as poison', async () => {
      const supervisor = supervise();
      const bystanders = await ground.queue.addBulk(
        Array.from({ length: 4 }, () => ({ name: 'wait', data: { ms: 800 } })),
      );
      const { id } = await ground.queue.add('crash', { ms: 300 });
      await vi.waitFor(async () => expect(await ground.queue.getJobState(id!)).toBe('failed'), SOON);
      await vi.waitFor(async () => {
        const states = await Promise.all(bystanders.map((job) => ground.queue.getJobState(job.id!)));
        expect(states).toEqual(bystanders.map(() => 'completed'));
      }, SOON);
      expect(supervisor.exits.length).toBeLessThanOrEqual(3);
    });

    it('and then fails in its own way does not start alone again', async () => {
      const supervisor = supervise();
      const { id } = await ground.queue.add('crashOnce', {}, { attempts: 3 });
      await vi.waitFor(async () => expect(await ground.queue.getJobState(id!)).toBe('failed'), SOON);
      expect(await ground.queue.getJob(id!)).toMatchObject({
        failedReason: 'it failed in its own way',
        attemptsMade: 3,
      });
      expect(supervisor.lines(/it starts alone/)).toHaveLength(1);
    });

    it.each([
      ['fails for good, too, when its log is kept short', {}, { keepLogs: 3 }, 6],
      ['fails for good, too, when it clears its log', { clears: true }, {}, 10],
    ])('%s', async (_what, data, options, most) => {
      const supervisor = supervise();
      const { id } = await ground.queue.add('chatter', data, options);
      await vi.waitFor(async () => expect(await ground.queue.getJobState(id!)).toBe('failed'), SOON);
      expect(supervisor.exits).toHaveLength(3);
      const log = await logOf(id!);
      expect(log).toContain('line 7');
      expect(log.length).toBeLessThanOrEqual(most);
    });

    it('`maxDeaths` says how many', async () => {
      const job = await ground.queue.add('crash', {});
      // What is noted with the job comes after them.
      for (let line = 1; line <= 1100; line++) await job.log(`line ${line} of its own`);
      const { id } = job;
      const supervisor = supervise({}, { resilience: { queue: { maxDeaths: 1 } } });
      await vi.waitFor(async () => expect(await ground.queue.getJobState(id!)).toBe('failed'), SOON);
      expect(supervisor.exits).toHaveLength(1);
    });

    it('`maxDeaths: false` leaves it to BullMQ', async () => {
      const supervisor = supervise({}, { resilience: { queue: { maxDeaths: false } } });
      const { id } = await ground.queue.add('crash', {});
      await vi.waitFor(async () => expect(await ground.queue.getJobState(id!)).toBe('failed'), SOON);
      expect(supervisor.exits).toHaveLength(2);
      expect((await ground.queue.getJob(id!))!.failedReason).toContain('stalled more than allowable limit');
    });
  });

  it('a job that loses its lock again and again, while its processes live, is no poison', async () => {
    const apps = [await start(), await start()] as const;
    const { id } = await ground.queue.add('obey', { ms: 60_000 });
    const starts = (app: WorkerApp) => app.find('started', { id }).length;
    await vi.waitFor(() => expect(starts(apps[0]) + starts(apps[1])).toBe(1), SOON);
    let [holder, other] = starts(apps[0]) === 1 ? apps : ([apps[1], apps[0]] as const);
    for (let time = 1; time <= 4; time++) {
      const [told, before] = [holder.lines(/lost its lock/).length, starts(other)];
      holder.kill('SIGSTOP');
      await vi.waitFor(() => expect(starts(other)).toBe(before + 1), SOON);
      holder.kill('SIGCONT');
      await vi.waitFor(() => expect(holder.lines(/lost its lock/)).toHaveLength(told + 1), SOON);
      [holder, other] = [other, holder];
    }
    expect(await ground.queue.getJob(id!)).toMatchObject({ stalledCounter: 4, attemptsMade: 0 });
    expect(await ground.queue.getJobState(id!)).toBe('active');
  }, 60_000);

  it('a process that lives without the lock, and then dies of that run, is a death', async () => {
    let holder = await start();
    const { id } = await ground.queue.add('wait', { ms: 60_000 });
    await holder.see('started', { id });
    for (const lock of [1, 2]) {
      const other = await takesOver(holder, id!);
      await vi.waitFor(async () => expect((await logOf(id!)).join()).toContain(`lost lock ${lock}, `), SOON);
      await dies(holder);
      holder = other;
    }
    await dies(holder);
    const last = await start();
    await vi.waitFor(async () => expect(await ground.queue.getJobState(id!)).toBe('failed'), SOON);
    expect(last.find('started')).toEqual([]);
  }, 60_000);

  it('processes that run it on without the lock say that they live when it is to fail', async () => {
    const first = await start();
    const { id } = await ground.queue.add('wait', { ms: 60_000 });
    await first.see('started', { id });
    const second = await takesOver(first, id!);
    const third = await takesOver(second, id!);
    await dies(third);
    const last = await start();
    await last.see('started', { id });
    const log = await logOf(id!);
    const accused = log.findIndex((line) => line.includes('fails in 1000ms, unless'));
    expect(log[accused]).toContain('with lock 1, 2, 3');
    expect(log.slice(accused).join()).toMatch(/lost lock 1, but its process lives/);
    expect(log.slice(accused).join()).toMatch(/lost lock 2, but its process lives/);
  }, 60_000);

  it('a job that was given back, and then only waited when a process died, is blamed for neither', async () => {
    const pressed = { resilience: { memory: { limit: '400mb' as const } }, ballastMb: 300 };
    const first = await start();
    const { id } = await ground.queue.add('obey', { ms: 60_000 });
    await first.see('started', { id });
    await dies(first);
    const drained = await start({}, { resilience: { drain: { timeoutMs: 0 } } });
    await drained.see('started', { id });
    await ground.queue.pause();
    drained.kill('SIGTERM');
    await drained.end();
    const holding = await start({}, pressed);
    holding.kill('SIGUSR2');
    await holding.seeLine(/pressure.*critical/);
    await ground.queue.resume();
    await vi.waitFor(async () => expect(await ground.queue.getJobState(id!)).toBe('active'), SOON);
    await dies(holding);
    const another = await start();
    await another.seeLine(/work:obey#1 was running when its process died \(1 of 3 times\): it starts alone/);
    await another.see('started', { id });
    await dies(another);
    const last = await start();
    await last.seeLine(/work:obey#1 was running when its process died \(2 of 3 times\): it starts alone/);
    await last.see('started', { id });
    expect((await ground.queue.getJob(id!))!.stalledCounter).toBe(3);
  });

  describe.skipIf(memoryCgroupOrSkip())('a job that the kernel kills its process for', () => {
    // They take longer than the poison needs to kill.
    const others = Array.from({ length: 4 }, () => ({ name: 'wait', data: { ms: 1500 } }));
    // As people set it whose deployments kill long jobs.
    const PATIENT = { maxStalledCount: 100 };

    it('dead-locks plain BullMQ: it comes back first, and kills again', async () => {
      await ground.queue.add('poison', {});
      const added = await ground.queue.addBulk(others);
      const supervisor = supervise(PATIENT, { isBare: true }, limited());
      await vi.waitFor(() => expect(supervisor.exits.length).toBeGreaterThanOrEqual(4), SOON);
      expect(supervisor.exits.every(({ signal }) => signal === 'SIGKILL')).toBe(true);
      const states = await Promise.all(added.map(({ id }) => ground.queue.getJobState(id!)));
      expect(states).not.toContain('completed');
    });

    it('fails for good with Headroom, and everything else is done', async () => {
      const { id } = await ground.queue.add('poison', {});
      const added = await ground.queue.addBulk(others);
      const supervisor = supervise(PATIENT, {}, limited());
      await vi.waitFor(async () => {
        const states = await Promise.all(added.map((job) => ground.queue.getJobState(job.id!)));
        expect(states).toEqual(added.map(() => 'completed'));
      }, SOON);
      await vi.waitFor(async () => expect(await ground.queue.getJobState(id!)).toBe('failed'), SOON);
      expect(supervisor.exits.filter(({ signal }) => signal === 'SIGKILL')).toHaveLength(3);
    });
  });
}
