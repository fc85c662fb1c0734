import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import { isAlive, IsolatedApp, settled, task } from './isolated-app.js';

let app: IsolatedApp;
beforeAll(async () => {
  app = await IsolatedApp.start();
});
afterAll(() => app.close());
afterEach(() => app.allGone());

/** What it says, and that it says so in time. */
async function textOf(way: string, data: object = {}, options = {}): Promise<string> {
  const since = performance.now();
  const { message } = await app.deathOf(way, data, options);
  expect(performance.now() - since).toBeLessThan(10_000);
  return settled(message);
}

describe('a task that dies says why:', () => {
  it('out of heap', async () => {
    const error = await app.deathOf('heap');
    expect(error).toMatchObject({
      exitCause: 'heap-limit',
      certainty: 'proven',
      isMemory: true,
      exitSignal: 'SIGABRT',
      shellStatus: 134,
    });
    expect(settled(error.message)).toMatchInlineSnapshot(
      `"isolated task heap ran out of heap: V8's ceiling of NMB was reached (SIGABRT, 134 in a shell); give V8 more: \`heap: '96mb'\` of the task (\`--max-old-space-size=96\`) [HEADROOM_MEMORY_DEATH]"`,
    );
    expect(error.memory!.peakRssBytes).toBeGreaterThan(64 * 1024 ** 2);
    expect(error.stderr).toContain('JavaScript heap out of memory');
    expect(app.lines).toContain(`error ${error.details}`);
  });

  it('process.exit()', async () => {
    expect(await textOf('exit', { code: 7 })).toMatchInlineSnapshot(
      `"isolated task exit exited with code 7"`,
    );
    expect(await textOf('exit', { code: 0 })).toMatchInlineSnapshot(
      `"isolated task exit exited with code 0, before it was done"`,
    );
  });

  it('an exit code that looks like a kill for want of memory', async () => {
    const error = await app.deathOf('exit', { code: 137 });
    expect(error.isMemory).toBe(false);
    expect(settled(error.message)).toMatchInlineSnapshot(
      `"isolated task exit was killed, and not by the kernel for want of memory (exit code 137, which is SIGKILL); look who killed it: \`docker inspect\` shows OOMKilled; \`docker stop\` kills after 10 s"`,
    );
  });

  it('abort(), which is no heap death', async () => {
    const error = await app.deathOf('abort');
    expect(error).toMatchObject({ exitCause: 'aborted', isMemory: false, shellStatus: 134 });
    expect(settled(error.message)).toMatchInlineSnapshot(
      `"isolated task abort aborted (SIGABRT, 134 in a shell); look for who aborts: \`process.abort()\`, an assertion of a native addon"`,
    );
  });

  it('a segmentation fault', async () => {
    expect(await textOf('segfault')).toMatchInlineSnapshot(
      `"isolated task segfault crashed in native code (SIGSEGV, 139 in a shell); look at native addons, and for a recursion that fills the stack in native code; as PID 1 of a container an abort ends like this too: start it under an init (\`docker run --init\`)"`,
    );
  });

  it('an uncaught exception', async () => {
    expect(await textOf('throwLater')).toMatchInlineSnapshot(
      `"isolated task throwLater threw RangeError: out of cheese, uncaught (exit code 1)"`,
    );
  });

  it('an unhandled rejection', async () => {
    expect(await textOf('reject')).toMatchInlineSnapshot(
      `"isolated task reject threw TypeError: nobody catches this, uncaught (exit code 1)"`,
    );
  });

  it('a channel that it closed', async () => {
    expect(await textOf('disconnect')).toMatchInlineSnapshot(
      `"isolated task disconnect was ended: it had closed its channel, so that it could not be talked to (SIGKILL, 137 in a shell); look for a \`process.disconnect()\` in it"`,
    );
  });

  it('a busy loop, at the end of its time', async () => {
    const error = await app.deathOf('spin', {}, { timeoutMs: 700 });
    expect(error.exitCause).toBe('timeout');
    expect(settled(error.message)).toMatchInlineSnapshot(
      `"isolated task spin was ended: it was not done within 700ms (SIGKILL, 137 in a shell); give it more time, or less to do at once"`,
    );
  });

  it('waiting, at the end of its time, though it obeyed', async () => {
    expect(await textOf('wait', { ms: 20_000 }, { timeoutMs: 700 })).toMatchInlineSnapshot(
      `"isolated task wait was ended: it was not done within 700ms; give it more time, or less to do at once"`,
    );
  });

  it.each([
    [
      'SIGKILL',
      'killed',
      /^isolated task ignore was killed, and not by the kernel for want of memory \(SIGKILL, 137 in a shell\); look who killed it: /,
    ],
    [
      'SIGTERM',
      'terminated',
      /^isolated task ignore was told to stop by somebody else \(SIGTERM, 143 in a shell\); look for who stops it: a deployment, a supervisor, an operator$/,
    ],
  ] as const)('%s of somebody else', async (signal, cause, text) => {
    const death = app.deathOf('ignore', { ms: 20_000 });
    await vi.waitFor(() => expect(app.runner.report().children[0]?.tasks).toBe(1), 5000);
    process.kill(app.pids[0]!, signal);
    const error = await death;
    expect(error).toMatchObject({ exitCause: cause, isMemory: false, exitSignal: signal });
    expect(error.message).toMatch(text);
  });

  it('during its import', async () => {
    await expect(app.runner.run(task('dies-in-import'))).rejects.toThrowErrorMatchingInlineSnapshot(
      `[IsolatedTaskError: isolated task dies-in-import exited with code 3]`,
    );
    await expect(app.runner.run(task('throws-in-import'))).rejects.toThrowErrorMatchingInlineSnapshot(
      `[IsolatedTaskError: isolated task throws-in-import threw SyntaxError: no such market, uncaught (exit code 1)]`,
    );
    await expect(app.runner.run(task('deaths'), {}, { export: 'noSuchTask' })).rejects.toThrow(
      'exports no function "noSuchTask" that could run isolated; it exports default',
    );
  });

  it('while a process of its own holds its pipes', async () => {
    expect(await textOf('grandchild')).toMatchInlineSnapshot(`"isolated task grandchild exited with code 7"`);
  });

  it('and no secret of the environment', async () => {
    process.env.DB_PASSWORD = 'hunter22';
    const { details, stderr } = await app.deathOf('secret');
    delete process.env.DB_PASSWORD;
    expect(details).not.toContain('hunter22');
    expect(stderr).toContain('password is ***, and postgres://me:***@host/db');
  });
});

describe('a task that fails in good order', () => {
  it('throws what it threw', async () => {
    await expect(app.do('fail')).rejects.toMatchObject({
      name: 'RangeError',
      message: 'bad market',
      code: 'E_MARKET',
      stack: expect.stringContaining('deaths.task.mjs'),
      cause: expect.objectContaining({ message: 'no rows' }),
    });
  });

  it('throws when a buffer cannot be allocated', async () => {
    await expect(app.do('huge')).rejects.toMatchObject({
      name: 'RangeError',
      message: 'Array buffer allocation failed',
    });
  });

  it('is told that its result cannot be sent', async () => {
    await expect(app.do('unserialisable')).rejects.toThrow(
      'the result of the task cannot be sent between processes: () => undefined could not be cloned',
    );
    await expect(app.do('large', { mb: 65 })).rejects.toThrow(
      /the result of the task is too large to be sent between processes: \d+ bytes, at most 67108864 are allowed/,
    );
  });

  it('may use the channel for messages of its own', async () => {
    expect(await app.do('talk')).toBe('talked');
  });

  it('is told when its result cannot be read', async () => {
    await expect(app.do('talk', { by: 'nestjs-headroom' })).rejects.toThrow(
      'the result of the task cannot be read',
    );
  });

  it('is not started with data that cannot be sent, or from a file that is not there', async () => {
    await expect(app.do('echo', { value: () => 1 })).rejects.toThrow('the data of the task cannot be sent');
    await expect(app.runner.run('./no-such.task.js')).rejects.toThrow('there is no file');
    await expect(app.do('echo', {}, { heap: '5mb' })).rejects.toThrow(
      "heap: received \"5mb\"; allowed: bytes or a text such as '512mb' or '1.5gb', at least 16MB",
    );
    await expect(app.do('echo', {}, { tiemoutMs: 5 } as object)).rejects.toThrow('there is no "tiemoutMs"');
    expect(app.pids).toEqual([]);
  });
});

describe('a task that is cancelled', () => {
  it('ends by its own signal', async () => {
    const controller = new AbortController();
    const run = app.do('wait', { ms: 20_000 }, { signal: controller.signal });
    await vi.waitFor(() => expect(app.runner.report().children[0]?.tasks).toBe(1), 5000);
    controller.abort(new Error('no longer needed'));
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('is killed when it does not obey', async () => {
    const controller = new AbortController();
    const run = app.deathOf('spin', {}, { signal: controller.signal });
    await vi.waitFor(() => expect(app.runner.report().children[0]?.tasks).toBe(1), 5000);
    const [pid] = app.pids;
    controller.abort();
    expect(await run).toMatchObject({ exitCause: 'cancelled' });
    expect(isAlive(pid!)).toBe(false);
    await wait(0);
    expect(app.lines.filter((line) => line.startsWith('error isolated task spin'))).toHaveLength(1);
  });

  it('before it starts, does not start', async () => {
    await expect(app.do('echo', {}, { signal: AbortSignal.abort(new Error('too late')) })).rejects.toThrow(
      'too late',
    );
    expect(app.pids).toEqual([]);
  });
});
