import { expect, it } from 'vitest';

import { ReclaimPlan } from './reclaim-plan.js';

it('leaves V8 a second to collect by itself', () => {
  const plan = new ReclaimPlan();
  expect(plan.isDue(5000, 999)).toBe(false);
  expect(plan.isDue(5000, 1000)).toBe(true);
});

it('collects again after five seconds when it has helped', () => {
  const plan = new ReclaimPlan();
  plan.done(0, 0.2);
  expect(plan.isDue(4999, 20_000)).toBe(false);
  expect(plan.isDue(5000, 20_000)).toBe(true);
});

it('collects ever less often when it does not help, at least every two minutes', () => {
  const plan = new ReclaimPlan();
  const pauses: number[] = [];
  for (let round = 0; round < 6; round++) {
    plan.done(0, 0);
    let pause = 0;
    while (!plan.isDue(pause, 20_000)) pause += 1000;
    pauses.push(pause / 1000);
  }
  expect(pauses).toEqual([10, 20, 40, 80, 120, 120]);
});

it('returns to the short pause as soon as it helps again', () => {
  const plan = new ReclaimPlan();
  plan.done(0, 0);
  plan.done(0, 0);
  plan.done(0, 0.2);
  expect(plan.isDue(5000, 20_000)).toBe(true);
});
