import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

import { skipped } from '../support/skip.js';

const FIXTURE = fileURLToPath(new URL('./fixtures/address-space.mjs', import.meta.url));
const LIMIT_KB = 1_600_000;

interface Report {
  readonly levels: string[];
  readonly failure?: string;
  readonly reasons: string[];
  readonly names: string[];
  readonly effective: { readonly source: string; readonly bytes: number };
  readonly usedBytes: number;
  readonly rssBytes: number;
}

function linuxOrSkip(): string | undefined {
  if (process.platform === 'linux') return undefined;
  return skipped(
    'specs with a limit of the address space',
    `${process.platform} has no such limit`,
    'REQUIRE_MEMORY_CGROUP',
  );
}

describe.skipIf(linuxOrSkip())('under `ulimit -v`', () => {
  it('what is mapped is judged: pressure is elevated before an allocation fails', async () => {
    const enter = `ulimit -v ${LIMIT_KB} && exec "$@"`;
    const { stdout } = await promisify(execFile)('sh', ['-c', enter, 'sh', process.execPath, FIXTURE], {
      timeout: 30_000,
    });
    const report = JSON.parse(stdout) as Report;
    expect(report.effective).toMatchObject({ source: 'rlimit-as', bytes: LIMIT_KB * 1024 });
    expect(report.failure).toBeUndefined();
    expect(report.levels.at(-1)).toBe('elevated');
    expect(report.reasons.join()).toMatch(/^address-space \d+\/1563MB/);
    expect(report.names).not.toContain('rss');
    // Node maps far more than it uses: by RSS there would be room for as much again.
    expect(report.rssBytes).toBeLessThan(0.6 * report.effective.bytes);
    expect(report.usedBytes).toBeGreaterThan(0.7 * report.effective.bytes);
  });
});
