import { describe, expect, it } from 'vitest';

import { StallClock } from './stall-clock.mjs';

describe('StallClock', () => {
  it('measures since the last turn', () => {
    const clock = new StallClock(1000, 5);
    expect(clock.look(1100, 5)).toBe(100);
    expect(clock.look(1350, 5)).toBe(350);
    expect(clock.look(1400, 6)).toBe(0);
    expect(clock.look(1500, 6)).toBe(100);
  });

  it('measures a long block when it looks often', () => {
    const clock = new StallClock(0, 1);
    for (let now = 250; now <= 60_000; now += 250) clock.look(now, 1);
    expect(clock.look(60_000, 1)).toBe(60_000);
  });

  it('counts no time in which it did not run itself: a stopped process, a machine that slept', () => {
    const clock = new StallClock(0, 1);
    clock.look(200, 1);
    expect(clock.look(3_600_200, 1)).toBe(700);
    expect(clock.look(3_600_300, 1)).toBe(800);
    expect(clock.look(3_600_350, 2)).toBe(0);
  });

  it('goes on with a block that was there before the process was stopped', () => {
    const clock = new StallClock(0, 1);
    for (let now = 250; now <= 9000; now += 250) clock.look(now, 1);
    expect(clock.look(100_000, 1)).toBe(9500);
    expect(clock.look(100_250, 1)).toBe(9750);
  });

  it('is not moved by a clock that goes back, nor by a count that begins anew', () => {
    const clock = new StallClock(1000, 2 ** 31 - 1);
    clock.look(1200, 2 ** 31 - 1);
    expect(clock.look(500, 2 ** 31 - 1)).toBe(200);
    expect(clock.look(600, -(2 ** 31))).toBe(0);
  });
});
