import { describe, expect, it } from 'vitest';

import { formatMb, parseBytes, toMb } from './bytes.js';

const MB = 1024 ** 2;
const GB = 1024 ** 3;

describe('parseBytes', () => {
  it.each([
    ['0', 0],
    ['512', 512],
    ['512b', 512],
    ['1k', 1024],
    ['1kb', 1024],
    ['1kib', 1024],
    ['512m', 512 * MB],
    ['512mb', 512 * MB],
    ['512MB', 512 * MB],
    ['512MiB', 512 * MB],
    ['512Mi', 512 * MB],
    ['1.5g', 1.5 * GB],
    ['1.5 GB', 1.5 * GB],
    ['  2gb ', 2 * GB],
    ['1t', 1024 * GB],
  ])('reads the text %j as %s', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  it('reads a number as bytes, whole ones', () => {
    expect(parseBytes(1000)).toBe(1000);
    expect(parseBytes(1000.9)).toBe(1000);
    expect(parseBytes('0.5k')).toBe(512);
    expect(parseBytes('0.3b')).toBe(0);
  });

  it.each([
    '',
    ' ',
    'mb',
    '-1mb',
    '+1mb',
    '1,5gb',
    '1e9',
    `${'9'.repeat(400)}mb`,
    '512 m b',
    '512mbs',
    '512px',
    '50%',
    '.5gb',
    '1.gb',
    'Infinity',
    'NaN',
  ])('does not guess at the text %j', (text) => {
    expect(parseBytes(text)).toBeUndefined();
  });

  it.each([[-1], [Number.NaN], [Infinity], [null], [undefined], [true], [10n], [{}], [['1mb']]])(
    'reads nothing out of %s',
    (value) => {
      expect(parseBytes(value)).toBeUndefined();
    },
  );
});

describe('megabytes', () => {
  it('are rounded to whole ones', () => {
    expect(toMb(1.4 * MB)).toBe(1);
    expect(toMb(1.6 * MB)).toBe(2);
    expect(formatMb(512 * MB)).toBe('512MB');
  });

  it('stay positive above 2 GiB, where a shift would not', () => {
    expect(toMb(3 * GB)).toBe(3072);
    expect(formatMb(64 * GB)).toBe('65536MB');
  });

  it('of a loss are negative', () => {
    expect(toMb(-5 * MB)).toBe(-5);
  });
});
