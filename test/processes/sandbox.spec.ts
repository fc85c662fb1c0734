import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { MemoryCgroup, memoryCgroupOrSkip } from '../support/memory-cgroup.js';
import { skipped } from '../support/skip.js';
import { onEachBackend } from './ground.js';
import type { AppSetup, Spawn, WorkerApp } from './worker-app.js';

const SANDBOXED = fileURLToPath(new URL('./fixtures/sandboxed.processor.mjs', import.meta.url));
const SOON = { timeout: 20_000, interval: 50 };
const DRAIN = { timeoutMs: 700, graceMs: 500 };
/** What a shutdown may take beside the times that its jobs have. */
const MARGIN_MS = 2000;

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function killIfAlive(pid: number): void {
  if (isAlive(pid)) process.kill(pid, 'SIGKILL');
}

/** Sends SIGTERM and gives the milliseconds until the process was gone. */
async function terminate(app: WorkerApp): Promise<number> {
  const since = Date.now();
  app.kill('SIGTERM');
  expect(await app.end()).toEqual([null, 'SIGTERM']);
  return Date.now() - since;
}

const [major] = process.versions.node.split('.').map(Number);
const killsWholeProcess =
  major! >= 24 &&
  skipped(
    'a thread that runs out of memory',
    `V8 of Node ${process.version} ends the whole process, nothing can contain that`,
    'REQUIRE_THREAD_OOM',
  );

onEachBackend((ground) => {
  async function start(worker: AppSetup['worker'], spawn?: Spawn): Promise<WorkerApp> {
    let app: WorkerApp | undefined;
    ground.atEnd(() => {
      const started = [...(app?.find('started') ?? []), ...(app?.find('starting') ?? [])];
      for (const { pid } of started) killIfAlive(pid as number);
    });
    const setup = { sandbox: SANDBOXED, resilience: { drain: DRAIN } };
    app = await ground.start({ ...setup, worker: { lockDuration: 5000, ...worker } }, spawn);
    return app;
  }

  describe.skipIf(killsWholeProcess)('a thread that runs out of memory', () => {
    it('fails its job with the reason, and the app takes the next one', async () => {
      const workerThreadsOptions = { resourceLimits: { maxOldGenerationSizeMb: 32 } };
      const app = await start({ useWorkerThreads: true, workerThreadsOptions });
      const { id } = await ground.queue.add('burst', {});
      await vi.waitFor(async () => expect(await ground.queue.getJobState(id!)).toBe('failed'), SOON);
      const { failedReason } = (await ground.queue.getJob(id!))!;
      expect(failedReason).toBe(
        "the sandboxed processor's thread died: ran out of heap: the thread's limit of 32MB was reached " +
          `(ERR_WORKER_OUT_OF_MEMORY) (${SANDBOXED}) [HEADROOM_MEMORY_DEATH 1]`,
      );
      expect(app.isRunning).toBe(true);
      expect(app.lines(/^error the sandboxed processor's thread /)).toHaveLength(1);
      expect(app.lines(/resourceLimits.maxOldGenerationSizeMb: 48/)).toHaveLength(1);
      const { id: next } = await ground.queue.add('quick', {});
      await vi.waitFor(async () => expect(await ground.queue.getJobState(next!)).toBe('completed'), SOON);
    });
  });

  describe.skipIf(memoryCgroupOrSkip())('a process that takes more than its cgroup has', () => {
    const LIMIT_MB = 384;

    it('is killed by the kernel and not its app; its job fails with the proof, and for good the second time', async () => {
      const cgroup = MemoryCgroup.create(LIMIT_MB * 1024 ** 2);
      onTestFinished(() => cgroup.remove());
      let console = '';
      const app = await start({}, (nodeArgs, env) => {
        const child = cgroup.spawn(nodeArgs, { env, stdio: ['ignore', 'pipe', 'pipe'] });
        child.stderr!.on('data', (chunk: Buffer) => (console += chunk.toString()));
        return child;
      });
      const { id } = await ground.queue.add('buffers', {}, { attempts: 5 });
      await vi.waitFor(async () => expect(await ground.queue.getJobState(id!)).toBe('failed'), SOON);
      expect(app.isRunning).toBe(true);
      expect(cgroup.oomKills).toBe(2);
      const { failedReason, attemptsMade, stacktrace } = (await ground.queue.getJob(id!))!;
      expect(attemptsMade).toBe(2);
      expect(stacktrace![0]).toContain(
        "the sandboxed processor's process died: was killed by the kernel: memory ran out, the limit is 384MB " +
          `(SIGKILL, 137 in a shell) (${SANDBOXED}) [HEADROOM_MEMORY_DEATH 1]`,
      );
      expect(failedReason).toMatch(/ This was death 2 of this job for want of memory: it fails for good/);
      const [told] = app.lines(/^error the sandboxed processor's process died: was killed by the kernel/);
      expect(told).toMatch(/^evidence: proven; oom_kill of its cgroup rose by 1;/m);
      expect(told).toMatch(/^memory: rss \d+MB at start, \d+MB last, peak \d{3}MB; .*limit 384MB$/m);
      expect(told).toMatch(/^ {2}\| reads it all into memory$/m);
      // The console has it too, as ever, and once per death.
      expect(console.match(/reads it all into memory/g)).toHaveLength(2);
    });

    it('is not said to be out of memory when somebody else kills it', async () => {
      const cgroup = MemoryCgroup.create(LIMIT_MB * 1024 ** 2);
      onTestFinished(() => cgroup.remove());
      const app = await start({}, (nodeArgs, env) =>
        cgroup.spawn(nodeArgs, { env, stdio: ['ignore', 'pipe', 'inherit'] }),
      );
      const { id } = await ground.queue.add('ignore', {});
      await app.see('started', { id });
      const [{ pid }] = app.find('started', { id }) as unknown as [{ pid: number }];
      process.kill(pid, 'SIGKILL');
      await vi.waitFor(async () => expect(await ground.queue.getJobState(id!)).toBe('failed'), SOON);
      expect((await ground.queue.getJob(id!))!.failedReason).toBe(
        "the sandboxed processor's process died: was killed, and not by the kernel for want of memory " +
          `(SIGKILL, 137 in a shell) (${SANDBOXED})`,
      );
    });
  });

  describe('a sandboxed job that ignores its signal when SIGTERM comes', () => {
    it.each([
      ['process', {}],
      ['thread', { useWorkerThreads: true }],
    ])('goes back for later; its %s is killed and holds nothing up', async (_kind, worker) => {
      const app = await start(worker);
      const { id } = await ground.queue.add('ignore', {});
      await app.see('started', { id });
      const [{ pid }] = app.find('started', { id }) as unknown as [{ pid: number }];
      expect(await terminate(app)).toBeLessThan(DRAIN.timeoutMs + DRAIN.graceMs + MARGIN_MS);
      expect(isAlive(pid)).toBe(false);
      expect(await ground.queue.getJobState(id!)).toBe('delayed');
      expect(await ground.queue.getJob(id!)).toMatchObject({ attemptsMade: 0, stalledCounter: 0 });
      expect(app.lines(/^warn drained in \S+: 0 jobs finished; 1 job did not heed the signal/)).toHaveLength(
        1,
      );
    });

    it('is left to its lock when it may not be started again; its process is killed', async () => {
      const app = await start({ maxStartedAttempts: 1 });
      const { id } = await ground.queue.add('ignore', {});
      await app.see('started', { id });
      const [{ pid }] = app.find('started', { id }) as unknown as [{ pid: number }];
      expect(await terminate(app)).toBeLessThan(DRAIN.timeoutMs + DRAIN.graceMs + MARGIN_MS);
      expect(isAlive(pid)).toBe(false);
      expect(await ground.queue.getJobState(id!)).toBe('active');
      const left = /^warn drained in \S+: 0 jobs finished; 1 job could not go back/;
      expect(app.lines(left)).toHaveLength(1);
    });

    it('goes back as well while its process still starts', async () => {
      const app = await start({
        workerForkOptions: { env: { PATH: process.env.PATH, STARTS_FOR_EVER: 'yes' } },
      });
      const { id } = await ground.queue.add('ignore', {});
      await app.see('starting');
      const [{ pid }] = app.find('starting') as unknown as [{ pid: number }];
      expect(await terminate(app)).toBeLessThan(DRAIN.timeoutMs + DRAIN.graceMs + MARGIN_MS);
      expect(isAlive(pid)).toBe(false);
      expect(await ground.queue.getJobState(id!)).toBe('delayed');
    });
  });
});
