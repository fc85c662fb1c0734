import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemFiles, writeSystemFile } from './fixtures/cgroup-trees.js';
import { KeptFile } from './kept-file.js';

describe('a kept file', () => {
  it('is read from its start each time', () => {
    const files = systemFiles({ '/a': 'first' });
    const kept = files.keep('/a');
    onTestFinished(() => kept.close());
    expect(kept.read()).toBe('first');
    writeSystemFile(files.root, '/a', '2nd');
    expect(kept.read()).toBe('2nd');
  });

  it('tells nothing while it is missing and is found when it comes', () => {
    const files = systemFiles({});
    const kept = files.keep('/later');
    onTestFinished(() => kept.close());
    expect(kept.read()).toBeUndefined();
    writeSystemFile(files.root, '/later', 'here');
    expect(kept.read()).toBe('here');
  });

  it('is opened anew after it was emptied and replaced', () => {
    const files = systemFiles({ '/a': 'old' });
    const kept = files.keep('/a');
    onTestFinished(() => kept.close());
    expect(kept.read()).toBe('old');
    writeSystemFile(files.root, '/a', '');
    expect(kept.read()).toBeUndefined();
    rmSync(join(files.root, '/a'));
    writeSystemFile(files.root, '/a', 'new');
    expect(kept.read()).toBe('new');
  });

  it('is read to its end when it outgrows the buffer', () => {
    const files = systemFiles({ '/a': 'x'.repeat(100) });
    const kept = new KeptFile(join(files.root, '/a'), 8);
    onTestFinished(() => kept.close());
    expect(kept.read()).toBe('x'.repeat(100));
  });

  it('stays closed', () => {
    const kept = systemFiles({ '/a': 'text' }).keep('/a');
    kept.read();
    kept.close();
    kept.close();
    expect(kept.read()).toBeUndefined();
  });

  it.runIf(process.platform === 'linux')('holds one descriptor and gives it back', () => {
    const kept = systemFiles({ '/a': 'text' }).keep('/a');
    const before = readdirSync('/proc/self/fd').length;
    for (let i = 0; i < 20; i++) kept.read();
    expect(readdirSync('/proc/self/fd').length).toBe(before + 1);
    kept.close();
    expect(readdirSync('/proc/self/fd').length).toBe(before);
  });
});
