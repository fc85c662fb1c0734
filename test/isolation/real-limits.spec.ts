import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

import { MemoryCgroup, memoryCgroupOrSkip } from '../support/memory-cgroup.js';
import { IsolatedApp, settled } from './isolated-app.js';

const MB = 1024 ** 2;
const APP = fileURLToPath(new URL('./fixtures/limited-app.mjs', import.meta.url));

interface Outcome {
  readonly result?: unknown;
  readonly exitCause?: string;
  readonly certainty?: string;
  readonly isMemory?: boolean;
  readonly message?: string;
  readonly details?: string;
}

describe.skipIf(memoryCgroupOrSkip())('in a memory cgroup', () => {
  let cgroup: MemoryCgroup;
  afterEach(() => cgroup.remove());

  const run = async (limitMb: number, isolation: object, tasks: readonly (readonly [object, object?])[]) => {
    cgroup = MemoryCgroup.create(limitMb * MB);
    const setup = JSON.stringify({ isolation, tasks });
    const { code, signal, stdout, stderr } = await cgroup.run([APP, setup], { timeoutMs: 50_000 });
    if (code !== 0) throw new Error(`the app ended with ${code ?? signal}: ${stderr}`);
    return JSON.parse(stdout) as { results: Outcome[]; most: number };
  };

  it('a child that takes it all is killed by the kernel, and not the app; the proof is told', async () => {
    const { results } = await run(320, { heap: '64mb' }, [[{ way: 'buffers' }], [{ way: 'echo', value: 1 }]]);
    expect(cgroup.oomKills).toBe(1);
    expect(results[0]).toMatchObject({ exitCause: 'kernel-oom-kill', certainty: 'proven', isMemory: true });
    expect(settled(results[0]!.message!)).toContain(
      'isolated task deaths was killed by the kernel: memory ran out, the limit is NMB (SIGKILL, 137 in a shell); raise ',
    );
    expect(results[0]!.details).toMatch(/^evidence: proven; oom_kill of its cgroup rose by 1;/m);
    expect(results[1]).toEqual({ result: 1 });
  });

  it('one that somebody else kills is not said to be out of memory', async () => {
    const { results } = await run(320, { heap: '64mb', killAfterMs: 0 }, [
      [{ way: 'spin' }, { timeoutMs: 500 }],
      [{ way: 'exit', code: 137 }],
    ]);
    expect(cgroup.oomKills).toBe(0);
    expect(results).toMatchObject([
      { exitCause: 'timeout', isMemory: false },
      { exitCause: 'killed', isMemory: false },
    ]);
  });

  it('twenty tasks of 150 MB each are done without a kill, as many at a time as fit', async () => {
    const task = [{ way: 'hold', mb: 150, ms: 150 }, { warm: true }] as const;
    const { results, most } = await run(
      512,
      { heap: '64mb', maxChildren: 8 },
      Array.from({ length: 20 }, () => task),
    );
    expect(cgroup.oomKills).toBe(0);
    expect(results).toEqual(Array.from({ length: 20 }, () => ({ result: 150 * MB })));
    // 512 MB, less a tenth, less an app of some 110 MB, is room for one of 200 MB, or for two just so.
    expect([1, 2]).toContain(most);
  });

  it('and with twice the memory, more run at a time', async () => {
    const task = [
      { way: 'hold', mb: 150, ms: 300 },
      { warm: true, memory: '220mb' },
    ] as const;
    const { results, most } = await run(
      1200,
      { heap: '64mb', maxChildren: 8 },
      Array.from({ length: 9 }, () => task),
    );
    expect(cgroup.oomKills).toBe(0);
    expect(results.every(({ result }) => result === 150 * MB)).toBe(true);
    expect([3, 4]).toContain(most);
  });

  it('a task that declares more than can ever be free is refused at once', async () => {
    const { results } = await run(320, {}, [[{ way: 'echo', value: 1 }, { memory: '400mb' }]]);
    expect(results[0]!.message).toMatch(
      /^job isolated:deaths declares a memory cost of 400MB, and at most \d+MB/,
    );
  });
});

describe.skipIf(memoryCgroupOrSkip())('with a cgroup for each child', () => {
  it('what leaks outside the heap is killed alone, within its own limit', async () => {
    const app = await IsolatedApp.start({ isolation: { cgroup: true } });
    const error = await app.deathOf('buffers');
    const fine = await app.do('echo', { value: 1 });
    await app.close();
    expect(error).toMatchObject({ exitCause: 'kernel-oom-kill', certainty: 'proven' });
    expect(error.memory).toMatchObject({ limitBytes: Math.round((64 * MB * 4) / 3) + 64 * MB });
    expect(fine).toBe(1);
    expect(app.lines.filter((line) => line.includes('making a cgroup'))).toEqual([]);
  });
});
