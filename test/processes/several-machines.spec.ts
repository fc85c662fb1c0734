import type { Job } from 'bullmq';
import { describe, expect, it, vi } from 'vitest';

import { onEachBackend } from './ground.js';
import type { AppSetup, WorkerApp } from './worker-app.js';

/** Critical from the start, whatever the machine. */
const PRESSED: AppSetup['resilience'] & object = {
  memory: { limit: '32mb' },
  queue: { maxHoldMs: 1000 },
};

onEachBackend((ground) => {
  async function start(
    resilience: AppSetup['resilience'] & object = {},
    worker: AppSetup['worker'] & object = {},
  ): Promise<WorkerApp> {
    return ground.start({ worker: { concurrency: 4, ...worker }, resilience });
  }

  async function add(count: number, name: string, data: object): Promise<void> {
    await ground.queue.addBulk(Array.from({ length: count }, () => ({ name, data })));
  }

  async function allDone(count: number): Promise<Job[]> {
    await vi.waitFor(async () => expect(await ground.queue.getCompletedCount()).toBe(count), {
      timeout: 40_000,
      interval: 100,
    });
    return ground.queue.getCompleted();
  }

  describe('several processes on one queue', () => {
    it('share its jobs: each is done once', async () => {
      const both = await Promise.all([start(), start()]);
      await add(40, 'wait', { ms: 50 });
      await allDone(40);
      const starts = both.map(startsOf);
      for (const some of starts) expect(some.length).toBeGreaterThan(0);
      expect(starts.flat().toSorted((left, right) => left - right)).toEqual(oneTo(40));
    });

    it('one under pressure leaves them to the other', async () => {
      const pressed = await start(PRESSED);
      await pressed.seeLine(/-> critical/);
      await add(20, 'wait', { ms: 100 });
      await pressed.seeLine(/holding jobs/);
      const healthy = await start();
      const jobs = await allDone(20);
      expect(startsOf(pressed)).toEqual([]);
      expect(startsOf(healthy).toSorted((left, right) => left - right)).toEqual(oneTo(20));
      expect(jobs.every(({ stalledCounter }) => stalledCounter === 0)).toBe(true);
      expect(jobs.map(({ attemptsMade }) => attemptsMade)).toEqual(Array.from({ length: 20 }, () => 1));
    });

    it('one that shuts down puts the jobs that it held back to the front', async () => {
      const pressed = await start({ ...PRESSED, queue: { maxHoldMs: false } });
      await pressed.seeLine(/-> critical/);
      await add(10, 'wait', {});
      await pressed.seeLine(/holding jobs/);
      await vi.waitFor(async () => expect(await ground.queue.getActiveCount()).toBe(4));
      pressed.kill('SIGTERM');
      await pressed.end();
      const waiting = (await ground.queue.getWaiting()).map(({ id }) => Number(id));
      const front = waiting.slice(0, 4).toSorted((left, right) => left - right);
      expect([...front, ...waiting.slice(4)]).toEqual(oneTo(10));
    });

    it('one that is killed leaves its job to the other, which counts the death', async () => {
      const shortLocks = { concurrency: 1, lockDuration: 1000, stalledInterval: 500 };
      const doomed = await start({}, shortLocks);
      const { id } = await ground.queue.add('wait', { ms: 1500 });
      await doomed.see('started', { id });
      doomed.kill('SIGKILL');
      await doomed.end();
      const other = await start({}, shortLocks);
      await other.seeLine(
        /^warn work:wait#1 was running when its process died \(1 of \d+ times\): it starts alone$/,
      );
      await allDone(1);
      expect(startsOf(other)).toEqual([1]);
      expect((await ground.queue.getJobLogs(id!)).logs).toEqual([
        expect.stringContaining('starts again with lock 2; its process seems to have died with lock 1'),
      ]);
    });

    it('a job that kills them all fails for good', async () => {
      const shortLocks = { concurrency: 1, lockDuration: 1000, stalledInterval: 500 };
      const { id } = await ground.queue.add('crash', {}, { attempts: 5 });
      for (let death = 1; death <= 2; death++) {
        const doomed = await start({ queue: { maxDeaths: 2 } }, shortLocks);
        await doomed.end();
      }
      const last = await start({ queue: { maxDeaths: 2 } }, shortLocks);
      await last.seeLine(/^error work:crash#1 was running when its process died, 2 times: it fails for good/);
      await vi.waitFor(async () => expect(await ground.queue.getJobState(id!)).toBe('failed'));
      expect(startsOf(last)).toEqual([]);
    });
  });
});

/** The ids of the jobs that were started there. */
function startsOf(app: WorkerApp): number[] {
  return app.find('started').map(({ id }) => Number(id));
}

function oneTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
