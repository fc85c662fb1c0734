import { describe, expect, it } from 'vitest';

import { LaneOrder } from './lane-order.js';

const THRESHOLDS = { elevated: 0.8, critical: 0.9, exitMargin: 0.05 };

function setUp() {
  const waiting = { request: 0, job: 0, child: 0 };
  return { waiting, order: new LaneOrder(THRESHOLDS, waiting) };
}

describe('who goes first', () => {
  it('requests: a job gives way while one waits, and looks for room after them', () => {
    const { order, waiting } = setUp();
    expect(order.mustGiveWay('job', false, 0)).toBe(false);
    waiting.request = 1;
    expect(order.mustGiveWay('job', false, 0)).toBe(true);
    expect(order.mustGiveWay('request', false, 0)).toBe(false);
    expect(order.inOrder(0)).toEqual(['request', 'job']);
  });

  it('a job that is overdue and found no room: new requests give way to it, until one has started', () => {
    const { order, waiting } = setUp();
    Object.assign(waiting, { request: 1, job: 1 });
    expect(order.mustGiveWay('job', true, 0)).toBe(false);
    order.refused('job', true, 0);
    expect(order.mustGiveWay('request', false, 100)).toBe(true);
    expect(order.inOrder(100)).toEqual(['job', 'request']);
    order.started('request', 100);
    expect(order.mustGiveWay('request', false, 101)).toBe(true);
    order.started('job', 101);
    expect(order.mustGiveWay('request', false, 102)).toBe(false);
    expect(order.mustGiveWay('job', true, 102)).toBe(true);
  });

  it('no turn comes from a job that is not overdue, nor from a request', () => {
    const { order, waiting } = setUp();
    waiting.job = 1;
    order.refused('job', false, 0);
    order.refused('request', true, 0);
    expect(order.mustGiveWay('request', false, 0)).toBe(false);
  });
});

describe('what may be filled', () => {
  const request = { heap: 0.9, memory: 0.875, memoryWithReturning: 0.9 };

  it('by a request up to critical, of all memory half a margin less, and so by a job that is overdue', () => {
    const { order } = setUp();
    expect(order.sharesFor('request', false, 0)).toEqual(request);
    expect(order.sharesFor('job', true, 0)).toEqual(request);
  });

  it('by a job up to elevated; of the heap half way to critical for a minute after a request, then all the way', () => {
    const { order } = setUp();
    expect(order.sharesFor('job', false, 0)).toEqual({ heap: 0.9, memory: 0.8, memoryWithReturning: 0.9 });
    order.asks('request', 0);
    const { heap, memory } = order.sharesFor('job', false, 59_999);
    expect([heap, memory]).toEqual([expect.closeTo(0.85), 0.8]);
    order.asks('job', 60_000);
    expect(order.sharesFor('job', false, 60_000)).toEqual({
      heap: 0.9,
      memory: 0.8,
      memoryWithReturning: 0.9,
    });
  });
});
