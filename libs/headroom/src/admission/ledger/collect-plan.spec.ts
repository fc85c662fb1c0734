import { expect, it } from 'vitest';

import { CollectPlan } from './collect-plan.js';

it('collects at once when garbage is known', () => {
  expect(new CollectPlan().isDue(0, true)).toBe(true);
});

it('takes a third of the time at most', () => {
  const plan = new CollectPlan();
  plan.done(1000, 50);
  expect(plan.isDue(1099, true)).toBe(false);
  expect(plan.isDue(1100, true)).toBe(true);
});

it('leaves the loop alone for a moment after a short one', () => {
  const plan = new CollectPlan();
  plan.done(1000, 1);
  expect(plan.isDue(1019, true)).toBe(false);
  expect(plan.isDue(1020, true)).toBe(true);
});

it('guesses only every five seconds', () => {
  const plan = new CollectPlan();
  expect(plan.isDue(0, false)).toBe(true);
  plan.done(0, 10);
  expect(plan.isDue(4999, false)).toBe(false);
  expect(plan.isDue(5000, false)).toBe(true);
});
