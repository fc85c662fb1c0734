import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

import { MemoryCgroup, memoryCgroupOrSkip } from '../support/memory-cgroup.js';

const FIXTURE = fileURLToPath(new URL('./fixtures/idle-garbage.mjs', import.meta.url));

describe.skipIf(memoryCgroupOrSkip())('a process under pressure that is left with garbage', () => {
  let cgroup: MemoryCgroup;
  afterEach(() => cgroup.remove());

  const run = async (collectGarbage: boolean, waitMs: number, level = 'critical') => {
    // Room beyond the limit of the option, against which RSS counts.
    cgroup = MemoryCgroup.create(512 * 1024 ** 2);
    const heap = { env: { NODE_OPTIONS: '--max-old-space-size=1024' } };
    const { stdout, stderr } = await cgroup.run(
      [FIXTURE, String(collectGarbage), String(waitMs), level],
      heap,
    );
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout) as { reached: string; left: string; afterMs: number; lines: string[] };
  };

  it('comes back by itself: V8 is asked to collect, unless it has done so before a second was over', async () => {
    const { reached, left, afterMs, lines } = await run(true, 20_000);
    expect(reached).toBe('critical');
    expect(left).not.toBe('critical');
    const collected = lines.find((line) => line.startsWith('collected garbage'));
    if (afterMs < 1500 && collected === undefined) return;
    expect(collected).toMatch(
      /^collected garbage in \d+ms because pressure stays critical: heap \d+ -> \d+MB, ext \d+ -> \d+MB$/,
    );
  });

  it('that it holds in Buffers, and does nothing: V8 is asked to collect at elevated, too', async () => {
    let seen = await run(true, 30_000, 'elevated');
    // Where V8 was quicker than the five seconds, nothing was asked: that run tells nothing.
    for (let again = 0; again < 3 && seen.afterMs < 5000; again++) {
      await cgroup.remove();
      seen = await run(true, 30_000, 'elevated');
    }
    const { reached, left, lines } = seen;
    expect(reached).toBe('elevated');
    expect(left).toBe('normal');
    expect(lines.find((line) => line.startsWith('collected garbage'))).toMatch(
      /because pressure stays elevated: .* ext \d{3} -> \d{1,2}MB$/,
    );
  });

  it('is left to V8 with collectGarbage: false', async () => {
    const { reached, lines } = await run(false, 4000);
    expect(reached).toBe('critical');
    expect(lines.join('\n')).not.toContain('collected garbage');
  });
});
