import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

import { MemoryCgroup, memoryCgroupOrSkip } from '../support/memory-cgroup.js';

const MB = 1024 ** 2;
const FIXTURE = fileURLToPath(new URL('./fixtures/children.mjs', import.meta.url));

describe.skipIf(memoryCgroupOrSkip())(
  'what a child takes, and the parent does not see in its own RSS',
  () => {
    let cgroup: MemoryCgroup;
    afterEach(() => cgroup.remove());

    it('counts as pressure, and against the memory that work may have', async () => {
      cgroup = MemoryCgroup.create(384 * MB);
      const { stdout, stderr, signal } = await cgroup.run([FIXTURE, '235']);
      if (stdout === '') throw new Error(`ended by ${signal}: ${stderr}`);
      const report = JSON.parse(stdout) as {
        level: string;
        reasons: string[];
        rssMb: number;
        answer: unknown;
      };
      expect(report.rssMb).toBeLessThan(150);
      expect(report.level).toBe('elevated');
      expect(report.reasons.join()).toMatch(/working-set \d+\/384MB/);
      expect(report.answer).toBe('no-room');
    });
  },
);
