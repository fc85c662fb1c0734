import { describe, expect, it } from 'vitest';

import { ReturningPages } from './returning-pages.js';

describe('pages on their way back to the kernel', () => {
  it('are no more than was freed, and no more than is resident without a reason', () => {
    const pages = new ReturningPages();
    pages.freed(60, 1000);
    expect(pages.bytes(80, 1010)).toBe(60);
    expect(pages.bytes(20, 1010)).toBe(20);
    expect(pages.bytes(-5, 1010)).toBe(0);
  });

  it('are those of several collections in a row', () => {
    const pages = new ReturningPages();
    pages.freed(60, 1000);
    pages.freed(30, 1400);
    expect(pages.bytes(100, 1800)).toBe(90);
  });

  it('are believed in for half a second', () => {
    const pages = new ReturningPages();
    pages.freed(60, 1000);
    expect(pages.bytes(80, 1500)).toBe(60);
    expect(pages.bytes(80, 1501)).toBe(0);
    pages.freed(10, 2000);
    expect(pages.bytes(80, 2000)).toBe(10);
  });

  it('are none when nothing was freed', () => {
    expect(new ReturningPages().bytes(80, 1000)).toBe(0);
  });
});
