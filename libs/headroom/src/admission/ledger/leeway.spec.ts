import { describe, expect, it } from 'vitest';

import type { MemoryReading } from '../../vitals/index.js';
import type { Lane } from '../work-cost.js';
import { ChildUnit } from './child-unit.js';
import { OLD } from './dimensions.js';
import type { RoomFacts } from './judge-room.js';
import { LearnedCost } from './learned-cost.js';
import { Leeway } from './leeway.js';
import type { Sizes } from './sizes.js';
import { Unit } from './unit.js';

const SIZES: Sizes = {
  budgetBytes: 900,
  lightBytes: 10,
  guessBytes: 20,
  trialBytes: 100,
  marginBytes: 50,
  smallBytes: 25,
  mostBytes: 800,
};
const NOTHING = { heapBytes: 0, totalBytes: 0 };
const bytes = (totalBytes: number) => ({ heapBytes: 0, totalBytes });

function setUp(usedBytes = 100, slackBytes = 0) {
  const reading = {
    usedBytes,
    limitBytes: 1000,
    heapUsedBytes: 40,
    heapPhysicalBytes: 40,
    heapCeilingBytes: 400,
  } as MemoryReading;
  const facts: RoomFacts = {
    reading,
    floor: NOTHING,
    claimed: NOTHING,
    outstanding: NOTHING,
    outstandingLargeBytes: 0,
    garbage: NOTHING,
    leftHeapBytes: 0,
    slackBytes,
    returningBytes: 0,
  };
  const units = new Set<Unit>();
  const run = (cost: LearnedCost, reserved = bytes(20)) => {
    const unit = new Unit(cost, reserved, 0);
    units.add(unit);
    return unit;
  };
  return { leeway: new Leeway(units, () => facts), units, run };
}

const unknown = (key = 'unknown') => new LearnedCost('job', key, undefined);
const declared = (key = 'declared') => new LearnedCost('job', key, 300);
function light(lane: Lane = 'job'): LearnedCost {
  const cost = new LearnedCost(lane, 'light', undefined);
  cost.recall('light', 1, 1, 10);
  return cost;
}

describe('a unit that would run alone', () => {
  it('in another process may beside those of this one, one of which may wait for it, but not beside another child', () => {
    const { leeway, units, run } = setUp();
    run(declared('job that waits'), bytes(300));
    expect(leeway.mayRunAlone(unknown(), bytes(100), SIZES, 0)).toBe(false);
    expect(leeway.mayRunAlone(unknown(), bytes(100), SIZES, 0, { besideJobs: true })).toBe(true);
    units.add(new ChildUnit(declared('child'), bytes(100), 0, { usedBytes: 50 }));
    expect(leeway.mayRunAlone(unknown(), bytes(100), SIZES, 0, { besideJobs: true })).toBe(false);
  });

  it('may when it stays within the budget, and beside light ones', () => {
    const { leeway, run } = setUp();
    run(light());
    expect(leeway.mayRunAlone(declared(), bytes(800), SIZES, 0)).toBe(true);
  });

  it('may not beside one that was set aside for', () => {
    const { leeway, run } = setUp();
    run(declared());
    expect(leeway.mayRunAlone(declared(), bytes(100), SIZES, 0)).toBe(false);
  });

  it('waits half a second for memory that is on its way back, then it may; the next one waits anew', () => {
    const { leeway } = setUp(700);
    const may = (readAtMs: number) => leeway.mayRunAlone(unknown(), bytes(400), SIZES, readAtMs);
    expect([may(0), may(499), may(500)]).toEqual([false, false, true]);
    leeway.forget();
    expect([may(600), may(1099), may(1100)]).toEqual([false, false, true]);
  });

  it('may at once when the allocator has kept that much, in large blocks too', () => {
    const MB = 1024 ** 2;
    const sizes = { ...SIZES, budgetBytes: 900 * MB };
    const may = (slackMb: number) =>
      setUp(850 * MB, slackMb * MB).leeway.mayRunAlone(unknown(), bytes(100 * MB), sizes, 0);
    expect([may(0), may(49), may(50), may(300)]).toEqual([false, false, true, true]);
    const { leeway } = setUp(850 * MB, 300 * MB);
    const child = { besideJobs: false };
    expect(leeway.mayRunAlone(unknown(), bytes(100 * MB), sizes, 0, child)).toBe(false);
  });

  it('never may when it declares more than there can be', () => {
    const { leeway } = setUp();
    expect(leeway.mayRunAlone(declared(), bytes(801), SIZES, 0)).toBe(false);
    expect(leeway.mayRunAlone(declared(), bytes(801), SIZES, 10_000)).toBe(false);
  });
});

describe('the margin', () => {
  it('is for small units, up to what they have together; large ones do not count', () => {
    const { leeway, run } = setUp();
    run(declared(), bytes(300));
    run(declared(), bytes(25));
    expect(leeway.fitsMargin(bytes(25), SIZES)).toBe(true);
    expect(leeway.fitsMargin(bytes(26), SIZES)).toBe(false);
    run(declared(), bytes(1));
    expect(leeway.fitsMargin(bytes(25), SIZES)).toBe(false);
  });
});

describe('a unit of an unknown kind', () => {
  it('may be tried out, one at a time, unless it is overdue', () => {
    const { leeway, run } = setUp();
    run(declared());
    expect(leeway.mayProbe(unknown(), false, SIZES)).toBe(true);
    expect(leeway.mayProbe(declared(), false, SIZES)).toBe(false);
    run(unknown('other'));
    expect(leeway.mayProbe(unknown(), false, SIZES)).toBe(false);
    expect(leeway.mayProbe(unknown(), true, SIZES)).toBe(true);
  });

  it('not while a request runs, where it has to wait for those', () => {
    const { leeway, run } = setUp();
    const request = new LearnedCost('request', 'GET /work', 300);
    run(request);
    expect(leeway.mayProbe(unknown(), true, SIZES, true)).toBe(false);
    expect(leeway.mayProbe(unknown(), true, SIZES)).toBe(true);
  });

  it('beside a request that is known to be light', () => {
    const { leeway, run } = setUp();
    run(light('request'));
    expect(leeway.mayProbe(unknown(), false, SIZES, true)).toBe(true);
  });

  it('not when more is used than the budget', () => {
    expect(setUp(900).leeway.mayProbe(unknown(), false, SIZES)).toBe(true);
    expect(setUp(901).leeway.mayProbe(unknown(), true, SIZES)).toBe(false);
  });
});

describe('a kind whose units run', () => {
  it('shows no cost until one of them holds more than what is light', () => {
    const { leeway, run } = setUp();
    const [slow, other] = [unknown('slow'), unknown('other')];
    run(other).take(OLD, 1000);
    const unit = run(slow);
    unit.take(OLD, 10);
    expect(leeway.showsNoCost(slow, SIZES)).toBe(true);
    unit.take(OLD, 1);
    expect(leeway.showsNoCost(slow, SIZES)).toBe(false);
  });
});
