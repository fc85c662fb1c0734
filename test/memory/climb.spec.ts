import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

import { MemoryCgroup, memoryCgroupOrSkip } from '../support/memory-cgroup.js';

const MB = 1024 ** 2;
const FIXTURE = fileURLToPath(new URL('./fixtures/climb.mjs', import.meta.url));

interface Change {
  readonly to: string;
  readonly share: number;
  readonly reasons: string[];
  readonly timeToLimitMs?: number;
}

describe.skipIf(memoryCgroupOrSkip())('under a limit of 384 MB', () => {
  let cgroup: MemoryCgroup;
  afterEach(() => cgroup.remove());

  const climb = async (mbPerSecond: number, mostMb: number) => {
    cgroup = MemoryCgroup.create(384 * MB);
    const { stdout, stderr, signal } = await cgroup.run([FIXTURE, `${mbPerSecond}`, `${mostMb}`]);
    if (stdout === '') throw new Error(`ended by ${signal}: ${stderr}`);
    return JSON.parse(stdout) as { takenMb: number; changes: Change[] };
  };

  it('memory that climbs fast is critical while there is room, and the reason tells the time', async () => {
    const { changes } = await climb(100, 380);
    const critical = changes.find(({ to }) => to === 'critical');
    expect(critical?.share).toBeLessThan(0.88);
    expect(critical?.timeToLimitMs).toBeLessThan(2000);
    expect(critical?.reasons.join()).toMatch(/\d+\/384MB \(\d+ %\), limit in [01]\.\ds/);
  });

  it('memory that is taken at once and then stays is not', async () => {
    const { takenMb, changes } = await climb(0, 180);
    expect(takenMb).toBe(180);
    expect(changes).toEqual([]);
  });
});
