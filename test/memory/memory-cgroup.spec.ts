import { existsSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { MemoryCgroup, memoryCgroupOrSkip } from '../support/memory-cgroup.js';

const MiB = 1024 * 1024;
const FILL = 'const kept = []; for (;;) kept.push(Buffer.alloc(1024 * 1024, 1));';

describe.skipIf(memoryCgroupOrSkip())('a real memory cgroup', () => {
  let cgroup: MemoryCgroup;
  afterEach(() => cgroup.remove());

  it('kills a child that takes more than the limit, and counts it', async () => {
    cgroup = MemoryCgroup.create(96 * MiB);
    expect(cgroup.oomKills).toBe(0);
    const { code, signal, stderr } = await cgroup.run(['-e', FILL]);
    expect({ code, signal, stderr }).toEqual({ code: null, signal: 'SIGKILL', stderr: '' });
    expect(cgroup.oomKills).toBe(1);
  });

  it('leaves a child below the limit alone', async () => {
    cgroup = MemoryCgroup.create(128 * MiB);
    const { code, stdout } = await cgroup.run(['-e', 'console.log(process.env.GREETING)'], {
      env: { GREETING: 'hello' },
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'hello\n' });
    expect(cgroup).toMatchObject({ limitBytes: 128 * MiB, oomKills: 0 });
    expect(cgroup.usageBytes).toBeLessThan(128 * MiB);
  });

  it('shows the child the cgroup as its own', async () => {
    cgroup = MemoryCgroup.create(128 * MiB);
    const { stdout } = await cgroup.run(['-p', "require('fs').readFileSync('/proc/self/cgroup', 'utf8')"]);
    expect(stdout).toContain(cgroup.path.split('/').at(-1));
  });

  it('holds a nested cgroup to the limit of the outer one', async () => {
    cgroup = MemoryCgroup.create(96 * MiB);
    const inner = MemoryCgroup.create(1024 * MiB, cgroup);
    expect(await inner.run(['-e', FILL])).toMatchObject({ signal: 'SIGKILL' });
    expect(inner.limitBytes).toBe(1024 * MiB);
  });

  it('is removed with all that runs in it', async () => {
    cgroup = MemoryCgroup.create(128 * MiB);
    const inner = MemoryCgroup.create(64 * MiB, cgroup);
    const child = inner.spawn(['-e', 'process.send("up"); setInterval(() => {}, 1000)'], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    await new Promise((resolve) => child.once('message', resolve));
    const ended = new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
    await cgroup.remove();
    expect(await ended).toBe('SIGKILL');
    expect(existsSync(cgroup.path)).toBe(false);
  });
});
