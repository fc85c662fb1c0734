import { expect, it } from 'vitest';

import { TurnGate } from '../turn-gate.js';
import { SliceWatch } from './slice-watch.js';

function setUp() {
  const clock = { now: 1000, readings: 0 };
  const gate = new TurnGate({ sliceMs: 10, startsPerTurn: 1 }, () => clock.now);
  const watch = new SliceWatch(gate, undefined, () => {
    clock.readings++;
    return clock.now;
  });
  /** Works through items, and counts those after which a turn is due. */
  const work = async (items: number, itemMs: number) => {
    let due = 0;
    for (let item = 0; item < items; item++) {
      clock.now += itemMs;
      const turn = watch.turnIfDue();
      if (!turn) continue;
      due++;
      await turn;
    }
    return due;
  };
  return { clock, work };
}

it('reads the clock at every item that takes long, and asks for a turn when the slice is used up', async () => {
  const { clock, work } = setUp();
  expect(await work(1, 1)).toBe(1);
  clock.readings = 0;
  expect(await work(100, 1)).toBe(10);
  expect(clock.readings).toBe(100);
});

it('reads the clock at every sixteenth item when they are cheap, and misses no slice by more than that', async () => {
  const { clock, work } = setUp();
  await work(1000, 0.001);
  clock.readings = 0;
  await work(1600, 0.001);
  expect(clock.readings).toBeLessThanOrEqual(101);
  clock.readings = 0;
  // A long one among them: at most fifteen others come before the clock is read, and then each reads it.
  expect(await work(20, 20)).toBeGreaterThanOrEqual(5);
  expect(await work(10, 20)).toBe(10);
});
