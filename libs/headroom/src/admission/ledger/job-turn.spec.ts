import { describe, expect, it } from 'vitest';

import { JobTurn } from './job-turn.js';

describe('the turn of a job among requests', () => {
  it('is due when an overdue job was refused, until one has started', () => {
    const turn = new JobTurn();
    expect([turn.mayGo(0), turn.isDue(0)]).toEqual([true, false]);
    turn.refused(0);
    expect([turn.mayGo(100), turn.isDue(100)]).toEqual([true, true]);
    turn.started(100);
    expect([turn.mayGo(101), turn.isDue(101)]).toEqual([false, false]);
  });

  it('comes every five seconds', () => {
    const turn = new JobTurn();
    turn.started(0);
    turn.refused(4000);
    expect([turn.mayGo(4999), turn.isDue(4999)]).toEqual([false, false]);
    expect(turn.mayGo(5000)).toBe(true);
  });

  it('comes later when the last has held requests up for long', () => {
    const turn = new JobTurn();
    turn.refused(0);
    turn.started(300);
    expect([turn.mayGo(300 + 8999), turn.mayGo(300 + 9000)]).toEqual([false, true]);
  });

  it('never holds requests up for more than a second, however long the job finds no room', () => {
    const turn = new JobTurn();
    for (let now = 0; now <= 1000; now += 250) turn.refused(now);
    expect(turn.isDue(1000)).toBe(true);
    expect([turn.isDue(1001), turn.mayGo(1001)]).toEqual([false, false]);
    expect([turn.mayGo(11_000), turn.mayGo(11_001)]).toEqual([false, true]);
  });

  it('was in vain when it has passed without a start, until that is forgotten', () => {
    const turn = new JobTurn();
    for (let now = 0; now <= 1000; now += 250) turn.refused(now);
    expect([turn.isDue(1000), turn.wasInVain]).toEqual([true, false]);
    expect([turn.isDue(1001), turn.wasInVain]).toEqual([false, true]);
    turn.started(2000);
    expect(turn.wasInVain).toBe(true);
    turn.forgetVain();
    expect(turn.wasInVain).toBe(false);
  });

  it('is over when the job does not ask any more: it went back to its queue, or may not start for another reason', () => {
    const turn = new JobTurn();
    turn.refused(0);
    expect(turn.isDue(600)).toBe(true);
    expect(turn.isDue(601)).toBe(false);
  });
});
