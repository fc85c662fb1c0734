import { expect, it } from 'vitest';
import { MB } from './fixtures/cgroup-trees.js';
import { findOldSpaceFlag } from './old-space-flag.js';

it('finds the flag on the command line, the last of several', () => {
  const found = findOldSpaceFlag(['--max-old-space-size=1', '--inspect', '--max_old_space_size=2048'], '');
  expect(found).toEqual({ bytes: 2048 * MB, from: 'command line' });
});

it('finds it in NODE_OPTIONS, behind the command line', () => {
  const nodeOptions = '--enable-source-maps "--max-old-space-size=4096"';
  expect(findOldSpaceFlag([], nodeOptions)).toEqual({ bytes: 4096 * MB, from: 'NODE_OPTIONS' });
  expect(findOldSpaceFlag(['--max-old-space-size=512'], nodeOptions)?.bytes).toBe(512 * MB);
});

it('finds none where there is none', () => {
  expect(
    findOldSpaceFlag(['--max-semi-space-size=16', '--max-old-space-size-percentage=75'], undefined),
  ).toBe(undefined);
});
