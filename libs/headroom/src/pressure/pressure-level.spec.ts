import { describe, expect, it } from 'vitest';

import {
  CALM,
  isAbove,
  type LevelState,
  type LevelThresholds,
  nextLevel,
  type PressureLevel,
} from './pressure-level.js';

const DEFAULTS: LevelThresholds = { elevated: 0.8, critical: 0.9, exitMargin: 0.05, samplesToChange: 2 };

/** The level after each score, from calm. */
function levels(scores: readonly number[], settings: Partial<LevelThresholds> = {}): PressureLevel[] {
  let state: LevelState = CALM;
  return scores.map((score) => (state = nextLevel(state, score, { ...DEFAULTS, ...settings })).level);
}

/** The level that is in force after these scores. */
function levelAfter(scores: readonly number[], settings?: Partial<LevelThresholds>): PressureLevel {
  return levels(scores, settings).at(-1)!;
}

const ELEVATED = [0.85, 0.85];
const CRITICAL = [0.95, 0.95];

describe('a level is entered', () => {
  it.each([
    ['elevated', 0.8],
    ['critical', 0.9],
  ] as const)('%s, at its threshold, by the second sample in a row', (level, score) => {
    expect(levels([score, score, score])).toEqual(['normal', level, level]);
  });

  it('not below its threshold, however often', () => {
    expect(new Set(levels(Array(50).fill(0.799)))).toEqual(new Set(['normal']));
    expect(levelAfter([...ELEVATED, ...Array<number>(50).fill(0.899)])).toBe('elevated');
  });

  it.each([1, 2, 3, 10])('after as many samples as `samplesToChange` asks for: %i', (samplesToChange) => {
    const scores = Array<number>(samplesToChange).fill(0.95);
    expect(levels(scores, { samplesToChange }).indexOf('critical')).toBe(samplesToChange - 1);
  });

  it('straight from normal to critical when all samples say so', () => {
    expect(levels(CRITICAL)).toEqual(['normal', 'critical']);
  });

  it('from elevated to critical, which takes its own samples', () => {
    expect(levels([...ELEVATED, 0.95, 0.95])).toEqual(['normal', 'elevated', 'elevated', 'critical']);
  });

  it('with a share above 1, which swap or an overrun give', () => {
    expect(levelAfter([7, 7])).toBe('critical');
  });
});

describe('a level is left', () => {
  it('only below the margin under its threshold', () => {
    expect(levelAfter([...ELEVATED, ...Array<number>(50).fill(0.75)])).toBe('elevated');
    expect(levelAfter([...ELEVATED, 0.749, 0.749])).toBe('normal');
    expect(levelAfter([...CRITICAL, ...Array<number>(50).fill(0.85)])).toBe('critical');
    expect(levelAfter([...CRITICAL, 0.849, 0.849])).toBe('elevated');
  });

  it('after as many samples as it took to enter it', () => {
    expect(levels([...Array<number>(3).fill(0.95), 0.1, 0.1, 0.1], { samplesToChange: 3 })).toEqual([
      'normal',
      'normal',
      'critical',
      'critical',
      'critical',
      'normal',
    ]);
  });

  it('straight from critical to normal when all samples say so', () => {
    expect(levelAfter([...CRITICAL, 0.2, 0.2])).toBe('normal');
  });

  it('from critical to elevated while the score is within the margin of elevated', () => {
    expect(levelAfter([...CRITICAL, 0.76, 0.76])).toBe('elevated');
    expect(levelAfter([...CRITICAL, 0.74, 0.74])).toBe('normal');
  });

  it('at its threshold when there is no margin', () => {
    expect(levelAfter([...ELEVATED, 0.8, 0.8], { exitMargin: 0 })).toBe('elevated');
    expect(levelAfter([...ELEVATED, 0.799, 0.799], { exitMargin: 0 })).toBe('normal');
  });
});

describe('nothing changes', () => {
  it('by a spike of one sample, up or down', () => {
    expect(levelAfter([0.1, 2, 0.1, 2, 0.1, 2])).toBe('normal');
    expect(levels([...CRITICAL, 0, 0.95, 0, 0.95, 0]).slice(1)).toEqual(Array(6).fill('critical'));
  });

  it('while a score flaps around a threshold, once the level is entered', () => {
    const flapping = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? 0.79 : 0.81));
    expect(levels(flapping)).toEqual(Array(40).fill('normal'));
    expect(levels([...ELEVATED, ...flapping]).slice(1)).toEqual(Array(41).fill('elevated'));
    const aroundCritical = flapping.map((score) => score + 0.1);
    expect(levels([...CRITICAL, ...aroundCritical]).slice(1)).toEqual(Array(41).fill('critical'));
  });

  it('in the state either, when the score agrees and nothing was pending', () => {
    const state = nextLevel(CALM, 0.1, DEFAULTS);
    expect(state).toBe(CALM);
  });
});

describe('samples that disagree with the level but not on the next one', () => {
  it('move to the most moderate of those that they call for', () => {
    expect(levelAfter([0.95, 0.85])).toBe('elevated');
    expect(levelAfter([0.85, 0.95])).toBe('elevated');
    expect(levelAfter([0.95, 0.95, 0.85], { samplesToChange: 3 })).toBe('elevated');
    expect(levelAfter([...CRITICAL, 0.1, 0.8])).toBe('elevated');
    expect(levelAfter([...CRITICAL, 0.8, 0.1])).toBe('elevated');
  });

  it('begin anew when they turn from up to down', () => {
    expect(levels([...ELEVATED, 0.95, 0.1, 0.95, 0.1]).slice(1)).toEqual(Array(5).fill('elevated'));
    expect(levelAfter([...ELEVATED, 0.95, 0.1, 0.1])).toBe('normal');
  });

  it('begin anew after one that agrees', () => {
    expect(levels([0.95, 0.95, 0.1, 0.95, 0.95], { samplesToChange: 3 })).toEqual(Array(5).fill('normal'));
  });

  it('do not count again for the level after the next', () => {
    expect(levels([0.85, 0.95, 0.95, 0.95])).toEqual(['normal', 'elevated', 'elevated', 'critical']);
  });
});

describe('isAbove', () => {
  it('orders the levels', () => {
    const order: PressureLevel[] = ['normal', 'elevated', 'critical'];
    for (const [a, one] of order.entries()) {
      for (const [b, other] of order.entries()) expect(isAbove(one, other)).toBe(a > b);
    }
  });
});
