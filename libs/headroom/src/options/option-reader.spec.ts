import { describe, expect, it } from 'vitest';

import { InvalidOptionsError, type OptionProblem } from '../errors/index.js';
import { OptionReader } from './option-reader.js';

function problemsOf(root: unknown, readAll: (read: OptionReader) => void): readonly OptionProblem[] {
  const read = new OptionReader(root);
  readAll(read);
  try {
    read.finish();
    return [];
  } catch (error) {
    if (error instanceof InvalidOptionsError) return error.problems;
    throw error;
  }
}

const readSection = (read: OptionReader) => void read.number('section.depth', { min: 1 }, 1);
const forbidGuard = (read: OptionReader) => read.forbid('guard', 'beside useFactory');
const readSize = (read: OptionReader) => void read.number('size', { min: 1, max: 9 }, 5);

describe('OptionReader', () => {
  it('gives the fallback for what is left out, also when the section or all is', () => {
    for (const root of [undefined, {}, { section: undefined }, { section: {} }]) {
      const read = new OptionReader(root);
      expect(read.number('section.size', { min: 1 }, 5)).toBe(5);
      expect(read.oneOf('section.color', ['red', 'blue'], 'blue')).toBe('blue');
      expect(read.strings('section.names', 'names', () => true, ['a'])).toEqual(['a']);
      expect(read.bytes('section.limit', 1)).toBeUndefined();
      expect(() => read.finish()).not.toThrow();
    }
  });

  it('gives what was given, the bounds included', () => {
    const read = new OptionReader({ low: 1, high: 9, off: false, color: 'red', names: ['x'], limit: '2k' });
    expect(read.number('low', { min: 1, max: 9 }, 5)).toBe(1);
    expect(read.integer('high', { min: 1, max: 9 }, 5)).toBe(9);
    expect(read.numberOrFalse('off', { min: 1 }, 5)).toBe(false);
    expect(read.oneOf('color', ['red', 'blue'], 'blue')).toBe('red');
    expect(read.strings('names', 'names', (name) => name === 'x', [])).toEqual(['x']);
    expect(read.bytes('limit', 2048)).toBe(2048);
    expect(() => read.finish()).not.toThrow();
  });

  it.each([
    [0.99, '0.99'],
    [9.01, '9.01'],
    [Number.NaN, 'NaN'],
    [Infinity, 'Infinity'],
    ['5', '"5"'],
    [null, 'null'],
    [true, 'true'],
    [[5], '[5]'],
    [{ ms: 5 }, '{"ms":5}'],
    [5n, 'bigint'],
    [Symbol('five'), 'symbol'],
    [() => 5, 'a function'],
  ])('rejects %s as a number from 1 to 9, as it would be written in code', (size, received) => {
    expect(problemsOf({ size }, readSize)).toEqual([
      { option: 'size', received, allowed: 'a number from 1 to 9' },
    ]);
  });

  it('shortens what is too long to read in an error', () => {
    const [problem] = problemsOf({ size: 'x'.repeat(500) }, readSize);
    expect(problem!.received).toBe(`"${'x'.repeat(76)}...`);
  });

  it('tells apart whole numbers, switches, lists and choices', () => {
    const problems = problemsOf({ whole: 1.5, switch: true, names: ['/a', 'b'], color: 'green' }, (read) => {
      read.integer('whole', { min: 1 }, 5);
      read.numberOrFalse('switch', { min: 10 }, 50);
      read.strings('names', 'paths', (name) => name.startsWith('/'), []);
      read.oneOf('color', ['red', false], 'red');
    });
    expect(problems).toEqual([
      { option: 'whole', received: '1.5', allowed: 'a whole number of at least 1' },
      { option: 'switch', received: 'true', allowed: 'false or a number of at least 10' },
      { option: 'names', received: '["/a","b"]', allowed: 'paths' },
      { option: 'color', received: '"green"', allowed: '"red", false' },
    ]);
  });

  it('rejects a key that nobody asked for, and lists those that are known in its place', () => {
    const problems = problemsOf({ size: 5, sise: 6, section: { depht: 1 } }, (read) => {
      readSize(read);
      read.number('section.depth', { min: 1 }, 1);
      read.number('section.width', { min: 1 }, 1);
    });
    expect(problems).toEqual([
      { option: 'sise', received: '6', allowed: 'one of size, section; there is no "sise"' },
      { option: 'section.depht', received: '1', allowed: 'one of depth, width; there is no "depht"' },
    ]);
  });

  it('rejects what stands in the place of a section', () => {
    for (const [value, received] of [
      [5, '5'],
      ['on', '"on"'],
      [[], '[]'],
      [null, 'null'],
      [false, 'false'],
    ]) {
      expect(problemsOf({ section: value }, readSection)).toEqual([
        { option: 'section', received, allowed: 'an object with depth' },
      ]);
    }
  });

  it('lets a section be false only where it may be switched off', () => {
    const read = new OptionReader({ log: false });
    expect(read.switchedOff('log')).toBe(true);
    read.oneOf('log.start', ['log', false], 'log');
    expect(() => read.finish()).not.toThrow();
  });

  it('says where a forbidden option belongs, and says nothing when it is not given', () => {
    expect(problemsOf({ guard: false }, forbidGuard)).toEqual([
      { option: 'guard', received: 'false', allowed: 'beside useFactory' },
    ]);
    expect(problemsOf({ guard: undefined }, forbidGuard)).toHaveLength(1);
    expect(problemsOf({}, forbidGuard)).toEqual([]);
  });

  it.each([
    ['text', '"text"'],
    [5, '5'],
    [null, 'null'],
    [[], '[]'],
  ])('rejects %j in place of all options', (root, received) => {
    expect(problemsOf(root, readSize)).toEqual([{ option: 'options', received, allowed: 'an object' }]);
  });
});
