import { describe, expect, it } from 'vitest';

import { LearnedCost, type Observation } from './learned-cost.js';

const MB = 1024 ** 2;
const LIGHT = MB;

function seen(megabytes: number, more: Partial<Observation> = {}): Observation {
  const bytes = megabytes * MB;
  return {
    heapBytes: 0,
    oldBytes: 0,
    outsideBytes: bytes,
    isAtLeast: false,
    isShared: false,
    isAmidOthers: false,
    ...more,
  };
}

function learning(): LearnedCost {
  return new LearnedCost('request', 'GET /a', undefined);
}

describe('what a kind of work is learned to take', () => {
  it('starts with one unit in flight, and one more with every unit without cost', () => {
    const cost = learning();
    cost.inFlight = 1;
    expect([cost.state, cost.isWindowFull]).toEqual(['learning', true]);
    cost.observe(seen(0), LIGHT);
    expect(cost.isWindowFull).toBe(false);
    expect(cost.window).toBe(2);
  });

  it('is light and free after eight units in a row without cost', () => {
    const cost = learning();
    for (let unit = 1; unit < 8; unit++) cost.observe(seen(0.1), LIGHT);
    expect([cost.state, cost.isFree]).toEqual(['learning', false]);
    cost.observe(seen(0.1), LIGHT);
    expect([cost.state, cost.isFree]).toEqual(['light', true]);
  });

  it('is heavy with the first unit that shows cost, and no longer held to a window', () => {
    const cost = learning();
    cost.observe(seen(60), LIGHT);
    cost.inFlight = 5;
    expect([cost.state, cost.isWindowFull]).toEqual(['heavy', false]);
    expect(cost.next(0, Infinity).totalBytes).toBe(66 * MB);
  });

  it('the largest counts for long, and fades', () => {
    const cost = learning();
    cost.observe(seen(60), LIGHT);
    cost.observe(seen(10), LIGHT);
    expect(cost.seen.totalBytes / MB).toBeGreaterThan(55);
    for (let unit = 0; unit < 200; unit++) cost.observe(seen(10), LIGHT);
    expect(cost.seen.totalBytes / MB).toBeLessThan(11);
  });

  it('a heavy one that takes nothing any more turns light in the end', () => {
    const cost = learning();
    cost.observe(seen(20), LIGHT);
    for (let unit = 0; unit < 50; unit++) cost.observe(seen(0), LIGHT);
    expect(cost.state).toBe('heavy');
    for (let unit = 0; unit < 100; unit++) cost.observe(seen(0), LIGHT);
    expect([cost.state, cost.isFree]).toEqual(['light', true]);
  });

  it('garbage of the young generation is no cost', () => {
    const cost = learning();
    const young = { heapBytes: 12 * MB, oldBytes: 0.2 * MB, outsideBytes: 0 };
    for (let unit = 0; unit < 8; unit++) cost.observe(seen(0, young), LIGHT);
    expect(cost.state).toBe('light');
  });

  it('a unit whose memory was blurred by a collection proves half as much when it shows nothing', () => {
    const cost = learning();
    for (let unit = 0; unit < 15; unit++) cost.observe(seen(0, { isAtLeast: true }), LIGHT);
    expect(cost.state).toBe('learning');
    cost.observe(seen(0, { isAtLeast: true }), LIGHT);
    expect(cost.state).toBe('light');
  });

  it('one that ran beside others and seems much larger is believed by halves', () => {
    const cost = learning();
    for (let unit = 0; unit < 4; unit++) cost.observe(seen(30), LIGHT);
    cost.observe(seen(60, { isShared: true }), LIGHT);
    expect(Math.round(cost.seen.totalBytes / MB)).toBe(45);
    cost.observe(seen(60), LIGHT);
    expect(Math.round(cost.seen.totalBytes / MB)).toBe(60);
  });

  it('amid the garbage of light work, what is seen only sometimes is not believed for long', () => {
    const cost = learning();
    const amid = { isAmidOthers: true };
    cost.observe(seen(40, amid), LIGHT);
    for (let unit = 0; unit < 8; unit++) cost.observe(seen(0, amid), LIGHT);
    expect(cost.seen.totalBytes / MB).toBeLessThan(3);
    cost.observe(seen(0, { ...amid, heapBytes: 15 * MB, oldBytes: 2 * MB }), LIGHT);
    expect(cost.seen.heapBytes / MB).toBeLessThanOrEqual(2);
  });

  it('sets aside a guess for what is unknown, and never more than can be borne', () => {
    const cost = learning();
    expect(cost.next(10 * MB, 100 * MB).totalBytes).toBe(10 * MB);
    cost.observe(seen(500), LIGHT);
    expect(cost.next(10 * MB, 100 * MB).totalBytes).toBe(100 * MB);
  });

  it('a unit that has run for long and shows cost foretells twice as much, until the first has ended', () => {
    const cost = learning();
    cost.foresee(seen(20), LIGHT);
    expect([cost.state, Math.round(cost.seen.totalBytes / MB)]).toEqual(['heavy', 40]);
    cost.observe(seen(25), LIGHT);
    expect(Math.round(cost.seen.totalBytes / MB)).toBe(25);
  });

  it('declared: sets aside what was declared, and learns how much of it is heap', () => {
    const cost = new LearnedCost('job', 'reports:build', '60mb');
    expect(cost.state).toBe('declared');
    expect(cost.next(0, 10 * MB)).toEqual({ heapBytes: 60 * MB, totalBytes: 60 * MB });
    cost.observe(seen(30, { heapBytes: 10 * MB, oldBytes: 10 * MB }), LIGHT);
    expect(cost.state).toBe('declared');
    expect(cost.next(0, 10 * MB)).toEqual({ heapBytes: 15 * MB, totalBytes: 60 * MB });
  });

  it('is doubted the less the more of its units were seen, down to a thirtieth', () => {
    const cost = new LearnedCost('job', 'reports', undefined);
    expect(cost.doubt).toBe(1);
    cost.observe(seen(1), LIGHT);
    expect(cost.doubt).toBe(1 / 2);
    for (let units = 1; units < 100; units++) cost.observe(seen(1), LIGHT);
    expect(cost.doubt).toBe(1 / 31);
  });

  it("'none' is free for ever", () => {
    const cost = new LearnedCost('request', 'GET /a', 'none');
    cost.observe(seen(500), LIGHT);
    cost.recheck();
    cost.suspect();
    expect([cost.state, cost.isFree]).toEqual(['none', true]);
  });

  it('a light one is looked at again, one unit at a time', () => {
    const cost = learning();
    for (let unit = 0; unit < 8; unit++) cost.observe(seen(0), LIGHT);
    cost.recheck();
    expect([cost.state, cost.isFree]).toEqual(['light', false]);
    cost.rechecking();
    expect(cost.isFree).toBe(true);
    cost.observe(seen(50), LIGHT);
    expect([cost.state, cost.isFree]).toEqual(['heavy', false]);
  });

  it('what was learned in an earlier run is taken over, and not wiped out by the first unit', () => {
    const cost = learning();
    cost.recall('heavy', 40 * MB, 20 * MB, 100);
    expect([cost.state, cost.seen.totalBytes]).toEqual(['heavy', 60 * MB]);
    cost.observe(seen(10), LIGHT);
    expect(cost.seen.totalBytes / MB).toBeGreaterThan(50);
  });
});
