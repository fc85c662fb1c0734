import { describe, expect, it } from 'vitest';

import { RAMP_STEP_MS, StartRamp } from './start-ramp.js';

describe('the ramp', () => {
  it('lets everything start while it is off', () => {
    const ramp = new StartRamp();
    expect(ramp.isOn).toBe(false);
    expect(ramp.waitMs(1000, 0)).toBe(0);
  });

  it('lets one more job run every 50 ms', () => {
    const ramp = new StartRamp();
    ramp.begin(3);
    expect(ramp.waitMs(3, 1000)).toBe(0);
    ramp.started(4, 1000);
    expect(ramp.waitMs(4, 1000)).toBe(RAMP_STEP_MS);
    expect(ramp.waitMs(4, 1020)).toBe(RAMP_STEP_MS - 20);
    expect(ramp.waitMs(4, 1000 + RAMP_STEP_MS)).toBe(0);
  });

  it('does not delay a job that follows one that has ended', () => {
    const ramp = new StartRamp();
    ramp.begin(0);
    ramp.started(1, 1000);
    expect(ramp.waitMs(0, 1001)).toBe(0);
    ramp.started(1, 1001);
    expect(ramp.waitMs(0, 1002)).toBe(0);
    expect(ramp.waitMs(1, 1002)).toBe(48);
  });

  it('takes what runs when it begins as proved, and nothing after a restart', () => {
    const ramp = new StartRamp();
    ramp.begin(5);
    ramp.begin(0);
    ramp.started(5, 1000);
    expect(ramp.waitMs(4, 1000)).toBe(0);
    ramp.restart();
    ramp.started(5, 1000);
    expect(ramp.waitMs(5, 1000)).toBe(RAMP_STEP_MS);
    ramp.end();
    expect(ramp.waitMs(5, 1000)).toBe(0);
  });
});
