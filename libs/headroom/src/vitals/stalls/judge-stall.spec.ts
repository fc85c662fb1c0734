import { describe, expect, it } from 'vitest';

import { judgeStall, type Standstill } from './judge-stall.js';
import type { StalledWork } from './loop-stall.js';
import type { Stretch, WorkSpan } from './loop-work.js';

/** The loop stood still for a second, from 1000 to 2000; nothing was on the stack. */
const SECOND: Standstill = {
  at: 1_700_000_000_000,
  lateMs: 1000,
  cpuMs: 990,
  preemptions: 0,
  stretches: [],
  pieces: 0,
  onStackMs: 0,
  silence: { fromMs: 1000, toMs: 2000 },
  underWay: [],
};

const job = (name: string): StalledWork => ({ kind: 'job', name });

function span(name: string, fromMs: number, toMs = Infinity): WorkSpan {
  return { work: job(name), fromMs, toMs };
}

function stretch(name: string, fromMs: number, toMs: number, depth = 0): Stretch {
  return { work: job(name), fromMs, toMs, depth };
}

function judge(facts: Partial<Standstill>) {
  const { certainty, by, others } = judgeStall({ ...SECOND, ...facts });
  return [certainty, by.map(({ name }) => name), others];
}

const NO_SILENCE = { fromMs: 1990, toMs: 2000 };

describe('what was on the stack', () => {
  it('is certain when it was there most of the time, whoever was under way besides', () => {
    const underWay = [span('old', 0), span('guilty', 1000)];
    const facts = {
      stretches: [stretch('guilty', 1000, 1900)],
      silence: NO_SILENCE,
      onStackMs: 900,
      pieces: 1,
    };
    expect(judge({ ...facts, underWay })).toEqual(['certain', ['guilty'], 0]);
  });

  it('is named with what it had called for most of that time', () => {
    const stretches = [
      stretch('short', 1000, 1100, 1),
      stretch('deep', 1150, 1990, 2),
      stretch('inner', 1100, 1990, 1),
      stretch('outer', 1000, 2000),
    ];
    expect(judge({ stretches, silence: NO_SILENCE })).toEqual(['certain', ['outer', 'inner', 'deep'], 0]);
  });

  it('tells how long it was, where the loop only knows that it was late', () => {
    const { durationMs } = judgeStall({
      ...SECOND,
      stretches: [stretch('guilty', 990, 2010)],
      silence: NO_SILENCE,
    });
    expect(durationMs).toBe(1020);
  });

  it('is several when no piece had most of the time: the longest first, the short ones counted', () => {
    const stretches = [stretch('a', 1000, 1100), stretch('b', 1100, 1600), stretch('c', 1600, 1900)];
    const facts = { stretches, onStackMs: 960, pieces: 40, silence: NO_SILENCE };
    expect(judge(facts)).toEqual(['several', ['b', 'c', 'a'], 37]);
  });

  it('is several when all of it was short', () => {
    const facts = { onStackMs: 300, pieces: 300, silence: { fromMs: 1000, toMs: 1010 } };
    expect(judge({ ...facts, underWay: [span('innocent', 0)] })).toEqual(['several', [], 300]);
  });
});

describe('when nothing was on the stack, what was under way through all of the silence', () => {
  it('is likely when it was the only one, and ended as the loop went on', () => {
    expect(judge({ underWay: [span('only', 1000, 2000)] })).toEqual(['likely', ['only'], 0]);
  });

  it('is not, when it goes on: it may have waited for something', () => {
    expect(judge({ underWay: [span('only', 1000)] })).toEqual(['one-of', ['only'], 0]);
  });

  it('is one of several: the likeliest is who ended as the loop went on, then who had begun last', () => {
    const underWay = [span('old', 0), span('new', 999), span('ended', 500, 2001)];
    expect(judge({ underWay })).toEqual(['one-of', ['ended', 'new', 'old'], 0]);
  });

  it('is none that ended before, or began later', () => {
    const underWay = [span('before', 0, 1999), span('after', 1001), span('only', 0, 2000)];
    expect(judge({ underWay })).toEqual(['likely', ['only'], 0]);
  });

  it('counts requests of one route as one', () => {
    const underWay = [span('GET /report', 10), span('GET /report', 20, 2000), span('GET /report', 30)];
    expect(judge({ underWay })).toEqual(['likely', ['GET /report'], 0]);
  });

  it('is nobody when nothing was', () => {
    expect(judge({})).toEqual(['unknown', [], 0]);
  });

  it('is never likely when more were under way than are looked at', () => {
    const underWay = Array.from({ length: 101 }, () => span('GET /report', 10, 2000));
    expect(judge({ underWay })).toEqual(['one-of', ['GET /report'], 1]);
    const different = Array.from({ length: 150 }, (_, id) => span(`job#${id}`, id));
    const [certainty, by, others] = judge({ underWay: different });
    expect([certainty, (by as string[]).length, others]).toEqual(['one-of', 20, 130]);
  });

  it('makes no names but of those', () => {
    let asked = 0;
    const work = {
      kind: 'request',
      get name() {
        return `GET /${++asked}`;
      },
    } as const;
    judge({ underWay: Array.from({ length: 10_000 }, () => ({ work, fromMs: 0, toMs: Infinity })) });
    expect(asked).toBe(100);
  });
});

describe('a process that did not compute', () => {
  const stretches = [stretch('here', 1000, 2000)];

  it('was stopped, or waited: nobody is blamed, but it is told who was on the stack', () => {
    const stall = judgeStall({ ...SECOND, cpuMs: 90, preemptions: 10, stretches });
    expect(stall).toMatchObject({ certainty: 'stopped', by: [], onStack: { kind: 'job', name: 'here' } });
    expect(judgeStall({ ...SECOND, cpuMs: 90 })).not.toHaveProperty('onStack');
  });

  it('but had work, when others took the CPU from it again and again', () => {
    expect(judge({ cpuMs: 90, preemptions: 40, stretches })).toEqual(['certain', ['here'], 0]);
    expect(judge({ cpuMs: 49, preemptions: 40, stretches })).toEqual(['stopped', [], 0]);
  });
});

it('a stall is frozen, and keeps nothing of the work but its name', () => {
  const work = { ...job('build'), data: {} };
  const stall = judgeStall({ ...SECOND, underWay: [{ work, fromMs: 0, toMs: Infinity }] });
  expect(stall.by).toEqual([job('build')]);
  for (const part of [stall, stall.by, stall.by[0]]) expect(Object.isFrozen(part)).toBe(true);
});
