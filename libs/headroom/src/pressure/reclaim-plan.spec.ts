import { describe, expect, it } from 'vitest';

import { type ReclaimFacts, ReclaimPlan } from './reclaim-plan.js';

const at = (facts: Partial<ReclaimFacts>): ReclaimFacts => ({
  level: 'critical',
  inLevelForMs: 20_000,
  since: 1,
  utilization: 0.9,
  ...facts,
});

describe('at critical pressure', () => {
  it('leaves V8 a second to collect by itself', () => {
    const plan = new ReclaimPlan();
    expect(plan.isDue(5000, at({ inLevelForMs: 999 }))).toBe(false);
    expect(plan.isDue(5000, at({ inLevelForMs: 1000 }))).toBe(true);
  });

  it('collects again after five seconds when it has helped', () => {
    const plan = new ReclaimPlan();
    plan.done(0, 0.2, at({}));
    expect(plan.isDue(4999, at({}))).toBe(false);
    expect(plan.isDue(5000, at({}))).toBe(true);
  });

  it('collects ever less often when it does not help, at least every two minutes', () => {
    const plan = new ReclaimPlan();
    const pauses: number[] = [];
    for (let round = 0; round < 6; round++) {
      plan.done(0, 0, at({}));
      let pause = 0;
      while (!plan.isDue(pause, at({}))) pause += 1000;
      pauses.push(pause / 1000);
    }
    expect(pauses).toEqual([10, 20, 40, 80, 120, 120]);
  });

  it('returns to the short pause as soon as it helps again', () => {
    const plan = new ReclaimPlan();
    plan.done(0, 0, at({}));
    plan.done(0, 0, at({}));
    plan.done(0, 0.2, at({}));
    expect(plan.isDue(5000, at({}))).toBe(true);
  });
});

describe('at elevated pressure', () => {
  const idle = { level: 'elevated', utilization: 0.05 } as const;

  it('collects only while the process is idle, and has been elevated for five seconds', () => {
    const plan = new ReclaimPlan();
    expect(plan.isDue(0, at({ ...idle, utilization: 0.1 }))).toBe(false);
    expect(plan.isDue(0, at({ ...idle, inLevelForMs: 4999 }))).toBe(false);
    expect(plan.isDue(0, at({ ...idle, inLevelForMs: 5000 }))).toBe(true);
  });

  it('does not again when it has not helped, until the level was left', () => {
    const plan = new ReclaimPlan();
    plan.done(0, 0, at({ ...idle, since: 7 }));
    expect(plan.isDue(3_600_000, at({ ...idle, since: 7 }))).toBe(false);
    expect(plan.isDue(3_600_000, at({ ...idle, since: 8 }))).toBe(true);
  });
});

it('at normal pressure nothing is collected', () => {
  expect(new ReclaimPlan().isDue(0, at({ level: 'normal', utilization: 0 }))).toBe(false);
});
