import { describe, expect, it } from 'vitest';

import { LineBudget } from './line-budget.js';

describe('LineBudget', () => {
  it('gives as many lines as a second has, then none', () => {
    const budget = new LineBudget(5);
    expect([2, 2, 2, 1, 1].map((lines) => budget.take(lines, 0))).toEqual([true, true, false, true, false]);
  });

  it('gives anew in the next second, counted from the first line', () => {
    const budget = new LineBudget(2);
    expect(budget.take(2, 700)).toBe(true);
    expect(budget.take(2, 1699)).toBe(false);
    expect(budget.take(2, 1700)).toBe(true);
    expect(budget.take(2, 1701)).toBe(false);
  });

  it('saves up what quiet seconds have left when told to, and no more than that', () => {
    const budget = new LineBudget(2, 1000, 6);
    expect(budget.take(6, 0)).toBe(true);
    expect(budget.take(1, 999)).toBe(false);
    expect(budget.take(2, 1000)).toBe(true);
    expect(budget.take(1, 1999)).toBe(false);
    expect(budget.take(4, 3000)).toBe(true);
    expect(budget.take(1, 3001)).toBe(false);
    expect(budget.take(7, 3_600_000)).toBe(true);
  });

  it('does not save up what a quiet second has left when not told to', () => {
    const budget = new LineBudget(2);
    budget.take(1, 0);
    expect(budget.take(2, 60_000)).toBe(true);
    expect(budget.take(1, 60_001)).toBe(false);
  });

  it('lets one task through per second when its lines are more than the budget', () => {
    const budget = new LineBudget(1);
    expect(budget.take(2, 0)).toBe(true);
    expect(budget.take(2, 999)).toBe(false);
    expect(budget.take(2, 1000)).toBe(true);
  });

  it('counts what it held back, and hands the count over once', () => {
    const budget = new LineBudget(2);
    expect(budget.drainHeldBack()).toBe(0);
    for (let count = 0; count < 4; count++) budget.take(2, 0);
    expect(budget.drainHeldBack()).toBe(6);
    expect(budget.drainHeldBack()).toBe(0);
    budget.take(1, 0);
    expect(budget.drainHeldBack()).toBe(1);
  });

  it('keeps the count over the end of a second', () => {
    const budget = new LineBudget(1);
    budget.take(1, 0);
    budget.take(1, 1);
    budget.take(1, 5000);
    expect(budget.drainHeldBack()).toBe(1);
  });

  it('counts over another time than a second when told to', () => {
    const budget = new LineBudget(2, 60_000);
    expect([0, 1000, 59_999, 60_000].map((now) => budget.take(1, now))).toEqual([true, true, false, true]);
  });
});
