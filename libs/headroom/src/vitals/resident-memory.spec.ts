import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

import { SystemFiles } from './limits/index.js';
import { ResidentMemory } from './resident-memory.js';

const MB = 1024 ** 2;

function setUp(statm: string | undefined, nodeBytes: number) {
  const root = mkdtempSync(join(tmpdir(), 'resident-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'proc/self'), { recursive: true });
  if (statm !== undefined) writeFileSync(join(root, 'proc/self/statm'), statm);
  const memory = new ResidentMemory(new SystemFiles(root), () => nodeBytes);
  onTestFinished(() => memory.close());
  return memory;
}

describe('the resident set', () => {
  it.each([
    ['4 KB', 25_600],
    ['16 KB', 6400],
    ['64 KB', 1600],
  ])('is counted in pages of %s', (_, pages) => {
    const memory = setUp(`300000 ${pages} 9000 20 0 70000 0\n`, 101 * MB);
    expect(memory.bytes()).toBe(100 * MB);
  });

  it.each([
    ['there is no file', undefined],
    ['the file is empty', ''],
    ['it says something else', 'resident: 100 MB\n'],
    ['its pages have no known size', '300000 2500 9000 20 0 70000 0\n'],
  ])('is told by Node when %s', (_, statm) => {
    expect(setUp(statm, 64 * MB).bytes()).toBe(64 * MB);
  });

  it('stands beside the address space, in the same pages', () => {
    expect(setUp('300000 25600 9000 20 0 70000 0\n', 101 * MB).addressSpaceBytes()).toBe(300_000 * 4096);
    expect(setUp(undefined, 64 * MB).addressSpaceBytes()).toBeUndefined();
    expect(setUp('300000 2500 9000 20 0 70000 0\n', 64 * MB).addressSpaceBytes()).toBeUndefined();
  });

  it('is told by Node when the file has been closed', () => {
    const memory = setUp('300000 25600 9000 20 0 70000 0\n', 101 * MB);
    memory.bytes();
    memory.close();
    expect(memory.bytes()).toBe(101 * MB);
  });

  it('of this process is what Node tells', () => {
    const memory = new ResidentMemory(new SystemFiles());
    onTestFinished(() => memory.close());
    expect(Math.abs(memory.bytes() - process.memoryUsage.rss())).toBeLessThan(8 * MB);
  });
});
