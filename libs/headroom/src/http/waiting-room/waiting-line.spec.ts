import { beforeEach, describe, expect, it } from 'vitest';

import { WaitingLine } from './waiting-line.js';

let line: WaitingLine<string>;
beforeEach(() => void (line = new WaitingLine(3, 1000)));

describe('the line', () => {
  it('serves first come, first served within a priority, higher ones first', () => {
    line = new WaitingLine(6, 1000);
    line.join('s1', 'sheddable', 0);
    line.join('n1', 'normal', 1);
    line.join('s2', 'sheddable', 2);
    line.join('c1', 'critical', 3);
    line.join('n2', 'normal', 4);
    expect(line.inOrder()).toEqual(['c1', 'n1', 'n2', 's1', 's2']);
    expect(line.size).toBe(5);
  });

  it('is full for those that are worth no more than who waits', () => {
    for (const who of ['a', 'b', 'c']) expect(line.join(who, 'normal', 0)).toEqual({ evicted: undefined });
    expect(line.join('d', 'normal', 0)).toBe('full');
    expect(line.join('e', 'sheddable', 0)).toBe('full');
    expect(line.size).toBe(3);
  });

  it('gives the place of the last of the lowest priority to a higher one', () => {
    line.join('n1', 'normal', 0);
    line.join('s1', 'sheddable', 0);
    line.join('s2', 'sheddable', 0);
    expect(line.join('n2', 'normal', 1)).toEqual({ evicted: 's2' });
    expect(line.join('c1', 'critical', 1)).toEqual({ evicted: 's1' });
    expect(line.join('c2', 'critical', 1)).toEqual({ evicted: 'n2' });
    expect(line.inOrder()).toEqual(['c1', 'c2', 'n1']);
    expect(line.size).toBe(3);
  });

  it('lets go whoever leaves, once', () => {
    line.join('a', 'normal', 0);
    line.join('b', 'critical', 0);
    expect(line.leave('a')).toBe(true);
    expect(line.leave('a')).toBe(false);
    expect(line.inOrder()).toEqual(['b']);
  });

  it('knows who has waited its time, and who is next', () => {
    expect(line.nextExpiry).toBeUndefined();
    line.join('n', 'normal', 100);
    line.join('c', 'critical', 300);
    expect(line.nextExpiry).toBe(1100);
    expect(line.takeExpired(1099)).toEqual([]);
    expect(line.takeExpired(1100)).toEqual(['n']);
    expect(line.nextExpiry).toBe(1300);
    expect(line.takeExpired(5000)).toEqual(['c']);
    expect(line.size).toBe(0);
    expect(line.nextExpiry).toBeUndefined();
  });
});
