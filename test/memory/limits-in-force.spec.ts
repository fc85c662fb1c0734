import { fileURLToPath } from 'node:url';
import type { MemoryLimits } from 'nestjs-headroom';
import { afterEach, describe, expect, it } from 'vitest';

import { MemoryCgroup, memoryCgroupOrSkip, type RunOptions } from '../support/memory-cgroup.js';

const MB = 1024 ** 2;
const REPORT = fileURLToPath(new URL('./fixtures/report-vitals.mjs', import.meta.url));

interface Report extends Pick<MemoryLimits, 'effective' | 'all' | 'cgroup' | 'heapCeilingBytes'> {
  readonly boot: string[];
}

async function reportIn(cgroup: MemoryCgroup, options?: RunOptions): Promise<Report> {
  const { stdout, stderr, code, signal } = await cgroup.run([REPORT], options);
  if (code !== 0) throw new Error(`ended with ${code} ${signal}: ${stderr}`);
  return JSON.parse(stdout) as Report;
}

describe.skipIf(memoryCgroupOrSkip())('in a real memory cgroup', () => {
  const cgroups: MemoryCgroup[] = [];
  afterEach(async () => {
    for (const cgroup of cgroups.splice(0).toReversed()) await cgroup.remove();
  });

  const create = (bytes: number, within?: MemoryCgroup) => {
    const cgroup = MemoryCgroup.create(bytes, within);
    cgroups.push(cgroup);
    return cgroup;
  };

  it('finds the limit that was set', async () => {
    const report = await reportIn(create(384 * MB));
    expect(report.effective.bytes).toBe(384 * MB);
    expect(report.effective.source).toMatch(/^cgroup-v[12]$/);
    expect(report.boot.join('\n')).toMatch(
      /memory limit 384MB \(cgroup-v[12], .*\), heap ceiling \d+MB, budget 346MB/,
    );
  });

  it('finds the tighter limit of the cgroup above its own', async () => {
    const slice = create(320 * MB);
    const report = await reportIn(create(1024 * MB, slice));
    expect(report.effective.bytes).toBe(320 * MB);
    expect(report.effective.detail).toContain(slice.path);
  });

  it('warns of a stale heap ceiling above the limit, and names the setting to change', async () => {
    const report = await reportIn(create(512 * MB), {
      env: { NODE_OPTIONS: '--max-old-space-size=4096' },
    });
    const line = report.boot.find((one) => one.includes('memory limit'));
    expect(line).toMatch(/found: .*4096.*512MB/);
    expect(line).toMatch(/--max-old-space-size=3\d\d/);
  });

  it('says when V8 would give up at half of the limit', async () => {
    const report = await reportIn(create(1024 * MB), {
      env: { NODE_OPTIONS: '--max-old-space-size=512' },
    });
    expect(report.boot.join('\n')).toMatch(/found: .*--max-old-space-size=7\d\d/);
  });
});
