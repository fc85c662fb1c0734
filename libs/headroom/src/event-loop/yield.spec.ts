import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import { block, watchTurns } from './fixtures/turns.js';
import { processTurnGate, yieldIfDue, yieldToEventLoop } from './yield.js';

const DEFAULTS = { sliceMs: 10, startsPerTurn: 1 };
const JOBS = 10;
const LONGER_THAN_A_SLICE_MS = 12;

beforeEach(async () => {
  processTurnGate.configure(DEFAULTS);
  await yieldToEventLoop();
});

/** In which turns some jobs resume that all yield at once, and work for longer than a slice when they go on. */
async function turnsOfResuming(give: () => Promise<void> | undefined): Promise<number[]> {
  const turns = watchTurns();
  const resumedIn: number[] = [];
  await Promise.all(
    Array.from({ length: JOBS }, async () => {
      await give();
      resumedIn.push(turns.count);
      block(LONGER_THAN_A_SLICE_MS);
    }),
  );
  return resumedIn;
}

describe('yieldToEventLoop()', () => {
  it('goes through the gate: of jobs that all yield, one resumes per turn', async () => {
    expect(new Set(await turnsOfResuming(yieldToEventLoop)).size).toBe(JOBS);
  });

  it('is counted by the gate that job starts use', async () => {
    const before = processTurnGate.counters.waited;
    await yieldToEventLoop();
    expect(processTurnGate.counters.waited).toBe(before + 1);
  });

  it('gives a turn, also when none is due', async () => {
    let hasResumed = false;
    const resumed = yieldToEventLoop().then(() => (hasResumed = true));
    await new Promise<void>((resolve) => process.nextTick(resolve));
    expect(hasResumed).toBe(false);
    await resumed;
  });
});

describe('yieldIfDue()', () => {
  it('returns nothing while less than the slice of the turn is used up', () => {
    expect(yieldIfDue()).toBeUndefined();
  });

  it('goes through the gate when it is used up: one resumes per turn', async () => {
    block(LONGER_THAN_A_SLICE_MS);
    expect(new Set(await turnsOfResuming(yieldIfDue)).size).toBe(JOBS);
  });

  it('heeds the slice that is set', () => {
    // Other specs share the gate of the process.
    onTestFinished(() => processTurnGate.configure(DEFAULTS));
    processTurnGate.configure({ ...DEFAULTS, sliceMs: 1000 });
    block(LONGER_THAN_A_SLICE_MS);
    expect(yieldIfDue()).toBeUndefined();
  });
});
