import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MemoryLimits } from 'nestjs-headroom';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { MemoryCgroup, memoryCgroupOrSkip, type RunOptions } from '../support/memory-cgroup.js';

const MB = 1024 ** 2;
const REPORT = fileURLToPath(new URL('./fixtures/report-vitals.mjs', import.meta.url));

interface Report extends Pick<MemoryLimits, 'effective' | 'all' | 'cgroup' | 'heapCeilingBytes'> {
  readonly workingSetBytes: number;
  readonly rssBytes: number;
  readonly levels: string[];
  readonly boot: string[];
}

async function reportIn(cgroup: MemoryCgroup, args: string[] = [], options?: RunOptions): Promise<Report> {
  const { stdout, stderr, code, signal } = await cgroup.run([REPORT, ...args], options);
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
    const report = await reportIn(create(512 * MB), [], {
      env: { NODE_OPTIONS: '--max-old-space-size=4096' },
    });
    const line = report.boot.find((one) => one.includes('memory limit'));
    expect(line).toMatch(/found: .*4096.*512MB/);
    expect(line).toMatch(/--max-old-space-size=3\d\d/);
  });

  it('says when V8 would give up at half of the limit', async () => {
    const report = await reportIn(create(1024 * MB), [], {
      env: { NODE_OPTIONS: '--max-old-space-size=512' },
    });
    expect(report.boot.join('\n')).toMatch(/found: .*--max-old-space-size=7\d\d/);
  });

  describe('with a large file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'headroom-page-cache-'));
    const file = join(folder, 'large.bin');
    beforeAll(() => {
      const piece = randomBytes(16 * MB);
      const handle = openSync(file, 'w');
      for (let written = 0; written < 240 * MB; written += piece.length) writeSync(handle, piece);
      fsyncSync(handle);
      closeSync(handle);
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    it('does not take the page cache for pressure', async () => {
      const cgroup = create(384 * MB);
      // Pages are charged to whoever brought them in first: let go of those that writing the file left.
      execFileSync('dd', [`if=${file}`, 'iflag=nocache', 'count=0'], { stdio: 'ignore' });
      const report = await reportIn(cgroup, [file]);
      const cache = Number(/^(?:total_)?(?:cache|file) (\d+)$/m.exec(cgroup.read('memory.stat'))?.[1]);
      expect(cache).toBeGreaterThan(150 * MB);
      expect(report.workingSetBytes).toBeLessThan(0.7 * 384 * MB);
      expect(report.levels).toEqual(['normal']);
    });
  });
});
