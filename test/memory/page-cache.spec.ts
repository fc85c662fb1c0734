import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { MemoryCgroup, memoryCgroupOrSkip } from '../support/memory-cgroup.js';
import { skipped } from '../support/skip.js';

const MB = 1024 ** 2;
const FILE_BYTES = 1024 * MB;
const LIMIT_BYTES = 384 * MB;
const TMPFS = 0x01021994;
const FIXTURE = fileURLToPath(new URL('./fixtures/page-cache.mjs', import.meta.url));

interface Report {
  readonly levels: string[];
  readonly highestScore: number;
  readonly highestWorkingSetBytes: number;
  readonly statuses: Record<string, number>;
  readonly jobs: number;
  readonly held: number;
  readonly lines: string[];
}

/** The file must lie on a disk, and leave it as much as it takes. */
function diskOrSkip(): string | undefined {
  const { type, bavail, bsize } = statfsSync(tmpdir());
  const isRoomy = type !== TMPFS && bavail * bsize >= 2 * FILE_BYTES;
  if (isRoomy) return undefined;
  return skipped(
    'specs with a large file',
    `${tmpdir()} is no disk with 2 GB to spare`,
    'REQUIRE_MEMORY_CGROUP',
  );
}

describe.skipIf(memoryCgroupOrSkip() ?? diskOrSkip())('a file larger than the memory', () => {
  let cgroup: MemoryCgroup;
  let folder: string;
  let file: string;
  beforeAll(() => {
    cgroup = MemoryCgroup.create(LIMIT_BYTES);
    folder = mkdtempSync(join(tmpdir(), 'headroom-page-cache-'));
    file = join(folder, 'large.bin');
    const piece = randomBytes(16 * MB);
    const handle = openSync(file, 'w');
    for (let written = 0; written < FILE_BYTES; written += piece.length) writeSync(handle, piece);
    fsyncSync(handle);
    closeSync(handle);
    // Pages are charged to whoever brought them in first: let go of those that writing left.
    execFileSync('dd', [`if=${file}`, 'iflag=nocache', 'count=0'], { stdio: 'ignore' });
  });
  afterAll(async () => {
    await cgroup.remove();
    rmSync(folder, { recursive: true });
  });

  it('fills the page cache, and no request is refused and no job held for it', async () => {
    const { stdout, stderr } = await cgroup.run([FIXTURE, file], { timeoutMs: 50_000 });
    if (stdout === '') throw new Error(stderr);
    const report = JSON.parse(stdout) as Report;
    const cache = Number(/^(?:total_)?(?:cache|file) (\d+)$/m.exec(cgroup.read('memory.stat'))?.[1]);
    expect(cache).toBeGreaterThan(150 * MB);
    expect(cgroup.oomKills).toBe(0);
    expect(report.levels).toEqual(['normal']);
    expect(report.highestWorkingSetBytes).toBeLessThan(0.7 * LIMIT_BYTES);
    expect(Object.keys(report.statuses)).toEqual(['200']);
    expect(report.jobs).toBeGreaterThan(10);
    expect(report.held).toBe(0);
    expect(report.lines.join('\n')).not.toMatch(/holding jobs|503|pressure normal ->/);
  });
});
