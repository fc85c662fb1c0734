import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { isAlive, IsolatedApp, settled } from './isolated-app.js';

const SOON = { timeout: 10_000, interval: 20 };
const PARENT = fileURLToPath(new URL('./fixtures/parent.mjs', import.meta.url));
const OUT_OF_FILES = fileURLToPath(new URL('./fixtures/out-of-files.mjs', import.meta.url));

let app: IsolatedApp;
afterEach(() => app.close());

const start = async (...args: Parameters<typeof IsolatedApp.start>) => {
  app = await IsolatedApp.start(...args);
};
const pids = async (count: number, options = {}) => {
  const found: unknown[] = [];
  for (let task = 0; task < count; task++) found.push(await app.do('pid', {}, options));
  return found as number[];
};

describe('children', () => {
  it('get data and give results as they are, Maps, Dates and Buffers too', async () => {
    await start();
    const value = new Map<unknown, unknown>([
      ['at', new Date(0)],
      ['bytes', Buffer.from('abc')],
    ]);
    expect(await app.do('echo', { value })).toEqual(value);
    expect(await app.do('echo', {})).toBeUndefined();
  });

  it('tell their memory at start and end, and nothing else', async () => {
    await start();
    await app.do('echo', { value: 1 });
    expect(app.told.map(settled)).toEqual([
      expect.stringMatching(/^log task start mem rss=NMB heap=N\/NMB ext=NMB isolated=echo pid N$/),
      expect.stringMatching(
        /^log task end mem rss=NMB\(\+\d+\) heap=N\/NMB\(\+\d+\) ext=NMB\(\+\d+\) peak=NMB took=T outcome=ok isolated=echo pid N$/,
      ),
    ]);
  });

  it("do not inherit the parent's ceiling or debugger, and get their own", async () => {
    process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --max-old-space-size=1536 --stack-trace-limit=20`;
    await start({ isolation: { heap: '128mb' } });
    const { execArgv, options, env } = (await app.do('argv', {}, { env: { GIVEN: 'yes' } })) as Record<
      string,
      string
    >;
    process.env.NODE_OPTIONS = process.env.NODE_OPTIONS.replace(/ --max-old.*/, '');
    expect(execArgv).toEqual(['--max-old-space-size=128']);
    expect(options).toContain('--stack-trace-limit=20');
    expect(options).not.toContain('max-old-space-size');
    expect(env).toBe('yes');
  });

  it('carry progress and log lines to whoever waits', async () => {
    await start();
    const told: unknown[] = [];
    const hear = (what: unknown) => void told.push(what);
    expect(await app.do('progress', {}, { onProgress: hear, onLog: hear })).toBe('told');
    expect(told).toEqual(['first line', { done: 50 }]);
  });

  it('hear of progress and log lines that could not be passed on', async () => {
    await start();
    await expect(app.do('progress', {}, { onProgress: redisIsAway })).rejects.toThrow('Redis is away');
    await expect(app.do('progress', {}, { onLog: redisIsAway })).rejects.toThrow('Redis is away');
  });

  it('are as many as allowed, and tasks wait for one in the order of arrival', async () => {
    await start({ isolation: { maxChildren: 2 } });
    const order: number[] = [];
    const runs = [0, 1, 2, 3, 4].map(async (n) => {
      await app.do('wait', { ms: 150 });
      order.push(n);
    });
    let [most, mostWaiting] = [0, 0];
    const look = () => {
      most = Math.max(most, app.pids.length);
      mostWaiting = Math.max(mostWaiting, app.runner.report().waiting);
    };
    const timer = setInterval(look, 5);
    await Promise.all(runs);
    clearInterval(timer);
    expect(most).toBe(2);
    expect(mostWaiting).toBeGreaterThanOrEqual(3);
    expect(order.indexOf(4)).toBeGreaterThan(2);
    expect(app.runner.report()).toMatchObject({ waiting: 0, started: 5, completed: 5, failed: 0 });
  });

  it('may have many tasks wait for them, without a warning', async () => {
    const warnings: Error[] = [];
    const hear = (warning: Error) => void warnings.push(warning);
    process.on('warning', hear);
    await start({ isolation: { maxChildren: 1 } });
    await Promise.all(Array.from({ length: 15 }, () => app.do('echo', {}, { warm: true })));
    await wait(0);
    process.off('warning', hear);
    expect(warnings).toEqual([]);
  });

  it('that cannot be started, since too many files are open, fail their task and nothing else', async () => {
    const command = 'ulimit -n 1024 && exec "$0" "$@"';
    const parent = spawn('sh', ['-c', command, process.execPath, OUT_OF_FILES], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    expect(JSON.parse(await text(parent.stdout))).toEqual({
      without: 'isolated task deaths could not be started: Error: spawn <node> EMFILE',
      with: 1,
    });
  });

  it('are one per task, unless they are to stay warm', async () => {
    await start();
    const cold = await pids(2);
    expect(new Set(cold).size).toBe(2);
    const warm = await pids(3, { warm: true });
    expect(new Set(warm).size).toBe(1);
  });

  it('that are warm are replaced after their tasks, and end when there is nothing to do', async () => {
    await start({ isolation: { maxTasks: 2, idleMs: 200 } });
    const found = await pids(4, { warm: true });
    expect(new Set(found).size).toBe(2);
    expect(found[0]).toBe(found[1]);
    await vi.waitFor(() => expect(app.pids).toEqual([]), SOON);
    expect(found.some(isAlive)).toBe(false);
  });

  it('that are warm are replaced when they have grown, though not during a task', async () => {
    await start({ isolation: { maxRss: '120mb' } });
    const [first] = await pids(1, { warm: true, name: 'pid' });
    await app.do('hold', { mb: 150, ms: 100 }, { warm: true, name: 'pid' });
    const [second] = await pids(1, { warm: true, name: 'pid' });
    expect(second).not.toBe(first);
  });

  it('that are warm make room for tasks of another kind', async () => {
    await start({ isolation: { maxChildren: 1 } });
    const [first] = await pids(1, { warm: true });
    const [second] = await pids(1, { warm: true, heap: '96mb' });
    expect(second).not.toBe(first);
    expect(isAlive(first!)).toBe(false);
  });

  it('that die between tasks cost nobody anything', async () => {
    await start();
    await app.do('dieLater', { ms: 150 }, { warm: true, name: 'warm' });
    await vi.waitFor(() => expect(app.pids).toEqual([]), SOON);
    await expect(app.do('echo', { value: 1 }, { warm: true })).resolves.toBe(1);
    expect(app.lines.filter((line) => line.startsWith('error'))).toEqual([]);
  });

  it('that are killed as they get a task have not begun it: another one gets it', async () => {
    await start();
    for (let round = 0; round < 20; round++) {
      const [pid] = await pids(1, { warm: true });
      process.kill(pid!, 'SIGKILL');
      // The signal is on its way: whether the child still lives when the task is sent is up to the kernel.
      if (round % 2 === 0) await wait(round / 10);
      expect(await pids(1, { warm: true })).not.toContain(pid);
    }
  });
});

describe('at the end of the app', () => {
  it('tasks that run may end, and close() waits for them', async () => {
    await start();
    const run = app.do('wait', { ms: 800 });
    await vi.waitFor(() => expect(app.runner.report().children[0]?.tasks).toBe(1), SOON);
    await app.close();
    await expect(run).resolves.toBe('waited');
  });

  it('those that do not are told to stop, and killed; those that wait are told; nothing is left', async () => {
    await start({ isolation: { maxChildren: 1 }, drain: { timeoutMs: 200, graceMs: 1000 } });
    const runs = [app.deathOf('spin'), app.deathOf('echo')];
    const settledRuns = Promise.allSettled(runs);
    await vi.waitFor(() => expect(app.runner.report().children[0]?.tasks).toBe(1), SOON);
    const [pid] = app.pids;
    const since = performance.now();
    await app.close();
    expect(performance.now() - since).toBeLessThan(3000);
    expect((await settledRuns).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(await runs[0]).toMatchObject({ exitCause: 'cancelled' });
    expect(isAlive(pid!)).toBe(false);
    await expect(app.do('echo')).rejects.toMatchObject({ exitCause: 'shutdown' });
  });

  it.each(['SIGKILL', 'SIGTERM'] as const)(
    'no child outlives a parent that dies of %s, not even a busy one',
    async (signal) => {
      await start();
      const parent = spawn(process.execPath, [PARENT], { stdio: ['ignore', 'pipe', 'inherit'] });
      const children: number[] = await new Promise((resolve) => {
        parent.stdout.once('data', (chunk: Buffer) => resolve(JSON.parse(chunk.toString()) as number[]));
      });
      expect(children.map(isAlive)).toEqual([true, true]);
      parent.kill(signal);
      await vi.waitFor(() => expect(children.map(isAlive)).toEqual([false, false]), SOON);
    },
  );

  it.each([
    ['whose app drains', 'drain', 'waited'],
    ['that still loads, nor while its app drains', 'drain-loading', 'loaded'],
  ])('a signal to the whole group does not end a child %s', async (_which, scene, result) => {
    await start();
    const parent = spawn(process.execPath, [PARENT, scene], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    let output = '';
    parent.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await vi.waitFor(() => expect(output).toContain('started'), SOON);
    process.kill(-parent.pid!, 'SIGTERM');
    await new Promise((resolve) => parent.once('close', resolve));
    expect(output).toContain(`result ${result}`);
  });
});

async function redisIsAway(): Promise<void> {
  throw new RangeError('Redis is away');
}
