import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

import { ChildMemory, sacrificeFirst } from './child-memory.js';

const MB = 1024 ** 2;

it('remembers what was resident at the start, last, and at most', () => {
  const root = mkdtempSync(join(tmpdir(), 'child-memory-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, '7'));
  const set = (rssMb: number, peakMb: number) =>
    writeFileSync(
      join(root, '7/status'),
      `Name:\tnode\nVmPeak:\t 9999999 kB\nVmHWM:\t${peakMb * 1024} kB\nVmRSS:\t${rssMb * 1024} kB\n`,
    );
  const memory = new ChildMemory(7, root);
  expect(memory.facts()).toEqual({});
  set(40, 60);
  memory.start();
  set(90, 120);
  memory.look();
  memory.close();
  set(1, 1);
  memory.look();
  expect(memory.facts()).toEqual({ startRssBytes: 40 * MB, lastRssBytes: 90 * MB, peakRssBytes: 120 * MB });
});

it.skipIf(process.platform !== 'linux')('of a real child, which the kernel is to kill first', async () => {
  const child = spawn(process.execPath, ['-e', 'console.log("up"); setInterval(() => {}, 1000)']);
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  const memory = new ChildMemory(child.pid!);
  onTestFinished(() => memory.close());
  memory.start();
  expect(memory.facts().peakRssBytes).toBeGreaterThan(20 * MB);
  sacrificeFirst(child.pid!);
  expect(readFileSync(`/proc/${child.pid}/oom_score_adj`, 'utf8').trim()).toBe('1000');
});

it('does nothing for a process that is gone', () => {
  expect(() => sacrificeFirst(2 ** 30)).not.toThrow();
});
