import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

import { MemoryCgroup, memoryCgroupOrSkip } from '../support/memory-cgroup.js';

const MB = 1024 ** 2;
const FIXTURE = fileURLToPath(new URL('./fixtures/burst.mjs', import.meta.url));

describe.skipIf(memoryCgroupOrSkip())('a burst of unknown work under a limit of 384 MB', () => {
  let cgroup: MemoryCgroup;
  afterEach(() => cgroup.remove());

  it('kills a process that takes it as it comes', async () => {
    cgroup = MemoryCgroup.create(384 * MB);
    const { signal } = await cgroup.run([FIXTURE, 'bare']);
    expect([signal, cgroup.oomKills]).toEqual(['SIGKILL', 1]);
  });

  it('is done through the ledger, several units at once, and what one takes is known then', async () => {
    cgroup = MemoryCgroup.create(384 * MB);
    const { stdout, stderr, code, signal } = await cgroup.run([FIXTURE, 'ledger']);
    expect({ code, signal, oomKills: cgroup.oomKills, stderr }).toMatchObject({
      code: 0,
      signal: null,
      oomKills: 0,
    });
    const report = JSON.parse(stdout) as {
      most: number;
      kind: { state: string; observed: number; inFlight: number; seen: { totalBytes: number } };
      reservedBytes: number;
    };
    expect(report.most).toBeGreaterThan(1);
    expect(report.kind).toMatchObject({ state: 'heavy', observed: 30, inFlight: 0 });
    expect(report.kind.seen.totalBytes / MB).toBeGreaterThan(25);
    expect(report.kind.seen.totalBytes / MB).toBeLessThan(70);
    expect(report.reservedBytes).toBe(0);
  });
});
