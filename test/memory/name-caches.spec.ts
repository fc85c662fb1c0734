import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { MemoryCgroup, memoryCgroupOrSkip } from '../support/memory-cgroup.js';

const MB = 1024 ** 2;
const LIMIT_BYTES = 384 * MB;
const FIXTURE = fileURLToPath(new URL('./fixtures/name-caches.mjs', import.meta.url));

interface Report {
  readonly names: number;
  readonly levels: string[];
  readonly highestScore: number;
  readonly highestUsageBytes: number;
}

describe.skipIf(memoryCgroupOrSkip())('names of files that the kernel remembers', () => {
  let cgroup: MemoryCgroup;
  let folder: string;
  beforeAll(() => {
    cgroup = MemoryCgroup.create(LIMIT_BYTES);
    folder = mkdtempSync(join(tmpdir(), 'headroom-names-'));
  });
  afterAll(async () => {
    await cgroup.remove();
    rmSync(folder, { recursive: true });
  });

  it('fill the cgroup, and are no pressure: the kernel drops them when it must', async () => {
    const { stdout, stderr } = await cgroup.run([FIXTURE, folder], { timeoutMs: 50_000 });
    if (stdout === '') throw new Error(stderr);
    const report = JSON.parse(stdout) as Report;
    expect(report.highestUsageBytes).toBeGreaterThan(0.94 * LIMIT_BYTES);
    expect(report.levels).toEqual(['normal']);
    expect(cgroup.oomKills).toBe(0);
  });
});
