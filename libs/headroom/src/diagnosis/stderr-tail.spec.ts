import { describe, expect, it } from 'vitest';

import { StderrTail } from './stderr-tail.js';

describe('the tail of stderr', () => {
  it('puts together what comes in pieces, characters too', () => {
    const tail = new StderrTail();
    const bytes = Buffer.from('für sich\nund zwei\n');
    for (const byte of bytes) tail.push(Buffer.from([byte]));
    expect(tail.text()).toBe('für sich\nund zwei');
  });

  it('keeps the last lines, and whole ones', () => {
    const lines = new StderrTail(1000, 3);
    for (let line = 1; line <= 100; line++) lines.push(`line ${line}\n`);
    expect(lines.text()).toBe('line 98\nline 99\nline 100');
    const characters = new StderrTail(15, 100);
    characters.push('first line\nsecond line\nthird\n');
    expect(characters.text()).toBe('third');
  });

  it('keeps the end of a line that is too long', () => {
    const tail = new StderrTail(10);
    tail.push(`${'x'.repeat(50)}end`);
    expect(tail.text()).toBe('xxxxxxxend');
  });

  it('is bounded, whatever comes', () => {
    const tail = new StderrTail(1000);
    for (let chunk = 0; chunk < 2000; chunk++) tail.push('y'.repeat(700));
    tail.push('z'.repeat(1e6));
    expect(tail.text()).toBe('z'.repeat(1000));
    expect(JSON.stringify(tail).length).toBeLessThan(3000);
  });
});
