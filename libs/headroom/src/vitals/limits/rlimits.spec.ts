import { expect, it } from 'vitest';
import { limitsText } from './fixtures/cgroup-trees.js';
import { parseRlimits } from './rlimits.js';

it('finds no limit where all is unlimited', () => {
  expect(parseRlimits(limitsText())).toEqual([]);
  expect(parseRlimits('')).toEqual([]);
});

it('reads the soft limits in bytes', () => {
  expect(parseRlimits(limitsText({ addressSpace: '2147483648', data: '1073741824' }))).toEqual([
    { source: 'rlimit-as', bytes: 2147483648, detail: '/proc/self/limits: Max address space' },
    { source: 'rlimit-data', bytes: 1073741824, detail: '/proc/self/limits: Max data size' },
  ]);
});

it('does not take a hard limit for a soft one', () => {
  expect(parseRlimits('Max address space         unlimited            2147483648           bytes\n')).toEqual(
    [],
  );
});
