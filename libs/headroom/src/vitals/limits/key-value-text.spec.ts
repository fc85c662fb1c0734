import { expect, it } from 'vitest';
import { numberAfter } from './key-value-text.js';

it('reads the number after a key', () => {
  expect(numberAfter('anon 12\nfile 345\n', 'file')).toBe(345);
  expect(numberAfter('anon 12\nfile 345', 'anon')).toBe(12);
});

it('does not take a longer name for the key', () => {
  expect(numberAfter('inactive_anon 1\nanon_thp 2\nanon 3\n', 'anon')).toBe(3);
  expect(numberAfter('total_inactive_file 1\n', 'inactive_file')).toBeUndefined();
});

it('reads the padded rows of /proc/meminfo', () => {
  expect(numberAfter('MemFree:  1 kB\nMemAvailable:   24373568 kB\n', 'MemAvailable')).toBe(24373568);
});

it('keeps sizes above 4 GiB', () => {
  expect(numberAfter('anon 51539607552\n', 'anon')).toBe(51539607552);
});

it('tells nothing without key or number', () => {
  expect(numberAfter('', 'anon')).toBeUndefined();
  expect(numberAfter('anon \nfile 3', 'anon')).toBeUndefined();
  expect(numberAfter('anon', 'anon')).toBeUndefined();
});
