import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { freePort } from '../support/free-port.js';
import { memoryCgroupOrSkip } from '../support/memory-cgroup.js';
import { onEachBackend } from './ground.js';
import type { Supervisor } from './supervisor.js';
import type { AppSetup, Spawn, WorkerApp } from './worker-app.js';

const MB = 1024 ** 2;
const SOON = { timeout: 50_000, interval: 50 };
/** Between an event in a process and its line here. */
const SEEN_LATE_MS = 100;
const QUICK = { minUptimeMs: 0, minIntervalMs: 0, jitter: 0 };

/** From when a process drains until the next one is ready. */
function restartsOf({ apps }: Supervisor): { readonly from: number; readonly to: number }[] {
  return apps.map((app, index) => ({
    from: app.find('log').find(({ line }) => String(line).startsWith('draining'))?.at ?? Infinity,
    to: apps[index + 1]?.find('ready')[0]?.at ?? Infinity,
  }));
}

/** Asks every 50 ms, until it is stopped, whether any of these answers. */
function ping(urls: readonly string[]) {
  const failed: { readonly at: number; readonly answer: number | undefined }[] = [];
  let asked = 0;
  const stop = new AbortController();
  const asking = (async () => {
    while (!stop.signal.aborted) {
      const at = Date.now();
      asked++;
      const all = urls.map(async (url) => (await fetch(url)).status);
      const answer = await Promise.any(all).catch(() => undefined);
      if (answer !== 200) failed.push({ at, answer });
      await wait(50);
    }
  })();
  return {
    failed,
    get asked() {
      return asked;
    },
    stop: async () => {
      stop.abort();
      await asking;
    },
  };
}

onEachBackend((ground) => {
  let ledger: string;
  beforeEach(() => {
    ledger = join(ground.newFolder(), 'ledger');
  });

  function setup(recycle: object, more: AppSetup = {}): AppSetup {
    const worker = { concurrency: 4, lockDuration: 2000, stalledInterval: 1000 };
    return { worker, ledger, resilience: { recycle, drain: { timeoutMs: 3000 } }, ...more };
  }
  const start = (recycle: object, more: AppSetup = {}): Promise<WorkerApp> =>
    ground.start(setup(recycle, more));
  const supervise = (settings: AppSetup): Supervisor => ground.supervise(settings, limited());
  const limited = (): Spawn => ground.limitedTo(384 * MB);
  const done = (): string[] => readFileSync(ledger, 'utf8').trim().split('\n');

  describe('a process that has done so many jobs', () => {
    it('drains, closes, and exits with a code of its own', async () => {
      const app = await start({ ...QUICK, maxJobs: 5 });
      await ground.queue.addBulk(Array.from({ length: 8 }, () => ({ name: 'wait', data: { ms: 150 } })));
      expect(await app.end()).toEqual([75, null]);
      expect(
        app.lines(
          /^warn recycling after \d+s, \d+ jobs: recycle\.maxJobs is reached; .* Draining, then exit 75/,
        ),
      ).toHaveLength(1);
      expect(app.lines(/drained in \S+: \d jobs? finished$/)).toHaveLength(1);
      expect(app.find('database closed')).toHaveLength(1);
      expect(await ground.queue.getJobCounts('failed', 'active')).toEqual({ failed: 0, active: 0 });
    });

    it('does so without shutdown hooks too, as far as it can', async () => {
      const app = await start({ ...QUICK, maxJobs: 1, exitCode: 3 }, { hooks: false });
      const { id } = await ground.queue.add('wait', { ms: 500 });
      expect(await app.end()).toEqual([3, null]);
      expect(app.find('finished', { id })).toHaveLength(1);
    });

    it('runs on in observe mode, and tells', async () => {
      const settings = setup({ ...QUICK, maxJobs: 1 });
      const app = await start({}, { resilience: { ...settings.resilience, mode: 'observe' } });
      await ground.queue.add('wait', {});
      await app.seeLine(/^warn would be recycling .* mode is observe, so it runs on/);
      await wait(500);
      expect(app.isRunning).toBe(true);
    });
  });

  it('is not replaced before its least uptime', async () => {
    const since = Date.now();
    const app = await start({ ...QUICK, maxJobs: 1, minUptimeMs: 3000 });
    await ground.queue.add('wait', {});
    await app.end();
    expect(Date.now() - since).toBeGreaterThan(3000);
  });

  it('two processes of one app do not go at the same time', async () => {
    const recycle = { ...QUICK, maxJobs: 1, minIntervalMs: 4000 };
    const apps = [await start(recycle), await start(recycle)];
    await ground.queue.addBulk(Array.from({ length: 20 }, () => ({ name: 'wait', data: { ms: 300 } })));
    const ended = await Promise.all(apps.map(async (app) => app.end().then(() => Date.now())));
    expect(Math.abs(ended[0]! - ended[1]!)).toBeGreaterThan(2500);
  }, 30_000);

  describe.skipIf(memoryCgroupOrSkip())('a leak of 1 MB per job under a limit of 384 MB', () => {
    const JOBS = 800;
    /** So many that both processes come to their turn, the second one later by `minIntervalMs`. */
    const SHARED_JOBS = 300;
    const addJobs = async (count = JOBS, data = {}) =>
      ground.queue.addBulk(
        Array.from({ length: count }, () => ({ name: 'leak', data, opts: { removeOnComplete: true } })),
      );

    it('ends plain BullMQ by the kernel, again and again', async () => {
      await addJobs();
      const supervisor = supervise(setup({}, { isBare: true }));
      await vi.waitFor(() => expect(supervisor.exits.length).toBeGreaterThanOrEqual(2), SOON);
      expect(supervisor.exits.every(({ signal }) => signal === 'SIGKILL')).toBe(true);
    });

    it('ends in good order with `recycle`: every job is done once, and HTTP is away only for the restart', async () => {
      // Not so fast that pressure is critical, and requests are shed, before the process has seen that it is to go.
      await addJobs(JOBS, { ms: 60 });
      const port = await freePort();
      const supervisor = supervise(setup({ ...QUICK, maxRss: 0.6, graceMs: 250 }, { port }));
      await supervisor.current.see('ready');
      const pings = ping([`http://127.0.0.1:${port}/ping`]);
      await vi.waitFor(() => expect(done()).toHaveLength(JOBS), SOON);
      await pings.stop();
      expect(new Set(done()).size).toBe(JOBS);
      expect(supervisor.exits.length).toBeGreaterThanOrEqual(3);
      expect(supervisor.exits.every(({ code }) => code === 75)).toBe(true);
      const told =
        /recycling after .*: rss \d+MB, above \d+MB for .*grew by \d+MB since start, \d+KB per job/;
      expect(supervisor.lines(told).length).toBeGreaterThanOrEqual(3);
      const restarts = restartsOf(supervisor);
      expect(pings.asked).toBeGreaterThan(100);
      expect(
        pings.failed.filter(
          ({ at }) => !restarts.some(({ from, to }) => at >= from - SEEN_LATE_MS && at <= to),
        ),
      ).toEqual([]);
    }, 60_000);

    it('is not noticed where two processes serve', async () => {
      await addJobs(SHARED_JOBS, { ms: 100, mb: 2 });
      // The one that waits for its turn leaks on meanwhile.
      const recycle = { ...QUICK, maxRss: 0.4, graceMs: 250, minIntervalMs: 5500 };
      const worker = { concurrency: 1, lockDuration: 5000, stalledInterval: 1000 };
      const ports = [await freePort(), await freePort()];
      const supervisors = ports.map((port) => supervise(setup(recycle, { port, worker })));
      const urls = ports.map((port) => `http://127.0.0.1:${port}/ping`);
      await Promise.all(supervisors.map(async ({ current }) => current.see('ready')));
      const pings = ping(urls);
      await vi.waitFor(() => expect(done()).toHaveLength(SHARED_JOBS), SOON);
      await pings.stop();
      expect(new Set(done()).size).toBe(SHARED_JOBS);
      const exits = supervisors.flatMap((supervisor) => supervisor.exits);
      expect(exits.length).toBeGreaterThanOrEqual(2);
      expect(exits.every(({ code }) => code === 75)).toBe(true);
      expect(pings.asked).toBeGreaterThan(100);
      expect(pings.failed).toEqual([]);
    }, 60_000);
  });
});
