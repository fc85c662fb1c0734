import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

import { MemoryCgroup, memoryCgroupOrSkip } from '../support/memory-cgroup.js';

const MB = 1024 ** 2;
const FIXTURE = fileURLToPath(new URL('./fixtures/file-pages.mjs', import.meta.url));

interface Report {
  readonly rssBytes: number;
  readonly workingSetBytes: number;
  readonly limitBytes: number;
  readonly betweenBytes: number;
  readonly signals: string[];
  readonly share: number;
  readonly usedBytes: number;
  readonly floorBytes: number;
  readonly recycled: number;
}

describe.skipIf(memoryCgroupOrSkip())('pages of files under a limit of 256 MB', () => {
  let cgroup: MemoryCgroup;
  afterEach(() => cgroup.remove());

  const report = async (maxRss: 'share' | 'bytes'): Promise<Report> => {
    cgroup = MemoryCgroup.create(256 * MB);
    const { stdout, stderr, code } = await cgroup.run([FIXTURE, maxRss]);
    if (code !== 0) throw new Error(`ended with ${code}: ${stderr}`);
    return JSON.parse(stdout) as Report;
  };

  it('are resident, and neither pressure, nor health, nor a use of the budget, nor a reason to recycle', async () => {
    const facts = await report('share');
    expect(facts.rssBytes - facts.workingSetBytes).toBeGreaterThan(20 * MB);
    expect(facts.signals).toContain('working-set');
    expect(facts.signals).not.toContain('rss');
    expect(facts.share).toBeLessThan(facts.betweenBytes / facts.limitBytes);
    expect(facts.usedBytes).toBeLessThan(facts.betweenBytes);
    expect(facts.floorBytes).toBeLessThan(facts.betweenBytes);
    expect(facts.recycled).toBe(0);
  });

  it('count where bytes are given: that is what `ps` shows', async () => {
    expect((await report('bytes')).recycled).toBe(1);
  });
});
