import { Queue } from 'bullmq';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { realRedisOrSkip } from '../support/redis.js';
import { findRedisBinary, startRedisServer } from '../support/redis-server.js';
import type { TiedServer } from '../support/tied-process.js';
import { Supervisor } from './supervisor.js';

const JOBS = 2000;
const CHAOS_MS = 30_000;
const SETTLE = { timeout: 60_000, interval: 250 };
const SEED = Number(process.env.CHAOS_SEED ?? 7);

/** The same numbers from 0 to 1 for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe.skipIf(realRedisOrSkip())(`three processes and ${JOBS} jobs, seed ${SEED}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'chaos-'));
  const ledger = join(folder, 'ledger');
  const random = randomFrom(SEED);
  const told: Record<string, number> = {};
  let redis: TiedServer;
  let supervisors: Supervisor[] = [];
  let queue: Queue;

  const startServer = async (port?: number) => {
    redis = await startRedisServer(findRedisBinary()!, { keepIn: folder, ...(port && { port }) });
  };
  const finished = () => (existsSync(ledger) ? readFileSync(ledger, 'utf8').trim().split('\n') : []);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;

  beforeAll(async () => {
    await startServer();
    queue = new Queue('work', { connection: { host: '127.0.0.1', port: redis.port } });
    queue.on('error', () => undefined);
  });
  afterAll(async () => {
    for (const supervisor of supervisors) await supervisor.stop();
    await queue.close();
    await redis.stop();
    rmSync(folder, { recursive: true });
  });

  /** A random job: most are short, some long, some block. */
  const someJob = () => {
    const draw = random();
    if (draw < 0.03) return { name: 'obey', data: { ms: 1000 + random() * 1500 } };
    if (draw < 0.2) return { name: 'spin', data: { ms: random() * 30 } };
    return { name: 'wait', data: { ms: random() * 150 } };
  };

  const chaos: Record<string, () => Promise<void>> = {
    SIGKILL: async () => pick(supervisors).current.kill('SIGKILL'),
    SIGTERM: async () => pick(supervisors).current.kill('SIGTERM'),
    SIGSTOP: async () => {
      const { current } = pick(supervisors);
      current.kill('SIGSTOP');
      // Longer than a lock lasts.
      await wait(2500);
      current.kill('SIGCONT');
    },
    pressure: async () => {
      const { current } = pick(supervisors);
      current.kill('SIGUSR2');
      await wait(1500);
      current.kill('SIGUSR2');
    },
    redis: async () => {
      const { port } = redis;
      await redis.stop();
      await wait(500);
      await startServer(port);
    },
  };
  /** SIGKILL and SIGTERM are drawn twice as often. */
  const names = ['SIGKILL', 'SIGTERM', 'SIGSTOP', 'pressure', 'redis', 'SIGKILL', 'SIGTERM'];

  it(
    'loses none, and runs twice only what lost its lock, which is told',
    async () => {
      await queue.addBulk(Array.from({ length: JOBS }, someJob));
      const setup = {
        redisUrl: `redis://127.0.0.1:${redis.port}`,
        ledger,
        worker: { concurrency: 5, lockDuration: 1500, stalledInterval: 500, runRetryDelay: 300 },
        resilience: {
          memory: { limit: '400mb' },
          drain: { timeoutMs: 500, graceMs: 500 },
          vitals: { sampleIntervalMs: 100 },
        },
        ballastMb: 280,
      };
      supervisors = [1, 2, 3].map(() => new Supervisor(setup));
      await Promise.all(supervisors.map(async ({ current }) => current.see('ready')));

      const until = Date.now() + CHAOS_MS;
      while (Date.now() < until) {
        const name = pick(names);
        told[name] = (told[name] ?? 0) + 1;
        await chaos[name]!();
        await wait(300 + random() * 1200);
      }

      await vi.waitFor(async () => {
        const counts = await queue.getJobCounts('completed', 'failed');
        expect(counts).toEqual({ completed: JOBS, failed: 0 });
      }, SETTLE);

      const ids = finished();
      expect(new Set(ids).size).toBe(JOBS);
      const twice = ids.filter((id, index) => ids.indexOf(id) !== index);
      const unexplained: string[] = [];
      for (const id of new Set(twice)) if (!(await lostItsLock(id))) unexplained.push(id);
      const exits = supervisors.flatMap((supervisor) => supervisor.exits);
      // oxlint-disable-next-line no-console -- what the chance of this run brought
      console.log(
        `chaos: ${JSON.stringify(told)}; ${exits.length} exits, ${JOBS} jobs done, ${twice.length} of them twice, ` +
          `${unexplained.length} unexplained`,
      );
      expect(unexplained).toEqual([]);
      // None was cut off by anything but a signal, and the drained ones ended by theirs.
      expect(
        exits.filter(({ code, signal }) => code !== null || !/SIGKILL|SIGTERM/.test(signal ?? '')),
      ).toEqual([]);
    },
    CHAOS_MS + 120_000,
  );

  /** Its lock ran out, as is kept with the job. */
  async function lostItsLock(id: string): Promise<boolean> {
    const { stalledCounter } = (await queue.getJob(id))!;
    const { logs } = await queue.getJobLogs(id);
    return stalledCounter > 0 && logs.some((line) => line.startsWith('[headroom]'));
  }
});
