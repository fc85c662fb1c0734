import { describe, expect, it } from 'vitest';

import type { DrainTally } from './drainable.js';
import { formatDrainEnd, formatDrainStart, wasCutOff } from './drain-lines.js';

const NONE: DrainTally = { finished: 0, cancelled: [], handedBack: [], leftToLock: [] };

describe('the line at the start', () => {
  it('names what runs and the time that it has', () => {
    expect(formatDrainStart(['reports:build#17'], 20_000)).toBe(
      'draining: readiness is down, no job starts; 1 job (reports:build#17) may end within 20s',
    );
  });

  it('names five at most', () => {
    const running = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    expect(formatDrainStart(running, 500)).toBe(
      'draining: readiness is down, no job starts; 7 jobs (a, b, c, d, e and 2 more) may end within 500ms',
    );
  });

  it('says when nothing runs', () => {
    expect(formatDrainStart([], 20_000)).toBe('draining: readiness is down, no job starts; no job runs');
  });
});

describe('the line at the end', () => {
  it('tells what became of all', () => {
    const tallies = [
      { ...NONE, finished: 2, cancelled: ['a#1'], leftToLock: ['b#2'] },
      { ...NONE, finished: 1, cancelled: ['a#3'], handedBack: ['c#4'] },
    ];
    expect(formatDrainEnd(tallies, 25_040)).toBe(
      'drained in 25s: 3 jobs finished; 2 jobs cancelled and back in the queue (a#1, a#3); 1 job did not heed the signal ' +
        'and went back to the queue, to run elsewhere (c#4); 1 job could not go back and will run elsewhere when the lock ' +
        'has run out (b#2)',
    );
    expect(tallies.map(wasCutOff)).toEqual([true, true]);
  });

  it('is short when all have finished', () => {
    const tally = { ...NONE, finished: 1 };
    expect(formatDrainEnd([tally], 812)).toBe('drained in 812ms: 1 job finished');
    expect(formatDrainEnd([tally], 812, 1)).toBe(
      'drained in 812ms, cut short by another signal: 1 job finished',
    );
    expect(wasCutOff(tally)).toBe(false);
  });
});
