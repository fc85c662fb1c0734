import { describe, expect, it } from 'vitest';

import type { HeapSurvivors, MemoryLimit, MemoryLimits, VitalsSample } from '../vitals/index.js';
import { type LevelState, nextLevel, type PressureLevel } from './pressure-level.js';
import { readSignals, type SignalSettings } from './pressure-signals.js';

const MB = 1024 ** 2;
const GB = 1024 ** 3;
const SETTINGS: SignalSettings = {
  elevated: 0.8,
  critical: 0.9,
  exitMargin: 0.05,
  maxEventLoopDelayMs: 1000,
};

/** Sizes in MB, delay in ms. A quiet process on a machine with room, unless told. */
interface Usage {
  heap?: number;
  ceiling?: number;
  /** Of 490 MB that they may fill. */
  survivors?: number;
  rss?: number;
  workingSet?: number;
  /** Of the cgroup that the working set was read in. */
  workingSetLimit?: number;
  addressSpace?: number;
  addressSpaceLimit?: number;
  available?: number;
  delay?: number;
}

function sampleOf({
  heap = 50,
  ceiling = 500,
  survivors,
  rss = 100,
  workingSet,
  workingSetLimit,
  addressSpace,
  addressSpaceLimit,
  available,
  delay = 0,
}: Usage) {
  const sample: VitalsSample = {
    at: 0,
    heapUsedBytes: heap * MB,
    heapCeilingBytes: ceiling * MB,
    rssBytes: rss * MB,
    externalBytes: 0,
    arrayBuffersBytes: 0,
    workingSetBytes: workingSet === undefined ? undefined : workingSet * MB,
    workingSetLimitBytes: workingSetLimit === undefined ? undefined : workingSetLimit * MB,
    machineAvailableBytes: available === undefined ? undefined : available * MB,
    eventLoop: { maxDelayMs: delay, p99DelayMs: delay, utilization: 0 },
    samplerLateMs: 0,
    ...(addressSpace !== undefined && { addressSpaceBytes: addressSpace * MB }),
    ...(addressSpaceLimit !== undefined && { addressSpaceLimitBytes: addressSpaceLimit * MB }),
    ...(survivors !== undefined && { heapSurvivors: survivorsOf(survivors) }),
  };
  return sample;
}

function survivorsOf(mb: number): HeapSurvivors {
  return { bytes: mb * MB, limitBytes: 490 * MB, ageMs: 0, collectionsPerSecond: 2, pausedShare: 0.05 };
}

interface LimitsInMb {
  effective?: number;
  machine?: number;
}

function limit(source: MemoryLimit['source'], mb: number): MemoryLimit {
  return { source, bytes: mb * MB, detail: source };
}

function limitsOf({ effective = 1000, machine = 8192 }: LimitsInMb = {}) {
  const limits: MemoryLimits = {
    effective: limit('option', effective),
    all: [],
    cgroup: undefined,
    heapCeilingBytes: 500 * MB,
    machineBytes: machine * MB,
  };
  return limits;
}

function sharesOf(usage: Usage, limits = limitsOf(), settings = SETTINGS): Record<string, number> {
  const signals = readSignals(sampleOf(usage), limits, settings);
  return Object.fromEntries(signals.map(({ name, share }) => [name, share]));
}

function scoresOf(usage: Usage, limits: MemoryLimits): Record<string, number> {
  const signals = readSignals(sampleOf(usage), limits, SETTINGS);
  return Object.fromEntries(signals.map(({ name, score }) => [name, score]));
}

/** The levels that ten samples of such a usage lead to. */
function levelsUnder(usage: Usage, limits: LimitsInMb = {}) {
  return {
    fromNormal: levelAfter('normal', usage, limits),
    fromCritical: levelAfter('critical', usage, limits),
  };
}

function levelAfter(from: PressureLevel, usage: Usage, limits: LimitsInMb): PressureLevel {
  let state: LevelState = { level: from, pending: from, samplesPending: 0 };
  const thresholds = { ...SETTINGS, elevated: 0.8, samplesToChange: 2 };
  for (let count = 0; count < 10; count++) {
    state = nextLevel(
      state,
      readSignals(sampleOf(usage), limitsOf(limits), thresholds)[0]!.score,
      thresholds,
    );
  }
  return state.level;
}

describe('the signals of a sample', () => {
  it('hold the heap against its ceiling and the process against the effective limit', () => {
    expect(readSignals(sampleOf({ heap: 250, rss: 300 }), limitsOf(), SETTINGS)).toEqual([
      { name: 'heap', used: 250 * MB, limit: 500 * MB, share: 0.5, score: 0.5 },
      { name: 'rss', used: 300 * MB, limit: 1000 * MB, share: 0.3, score: 0.3 },
      { name: 'event-loop', used: 0, limit: 1000, share: 0, score: 0 },
    ]);
  });

  it('come with the worst first, whichever it is', () => {
    const cases: [string, Usage][] = [
      ['heap', { heap: 490 }],
      ['rss', { rss: 900 }],
      ['working-set', { workingSet: 900, workingSetLimit: 1000 }],
      ['machine', { available: 100 }],
      ['event-loop', { delay: 950 }],
    ];
    for (const [worst, usage] of cases) {
      expect(readSignals(sampleOf(usage), limitsOf(), SETTINGS)[0]!.name).toBe(worst);
    }
  });

  it('hold what is mapped against the limit of the address space, and RSS against that of memory', () => {
    const usage = { rss: 300, addressSpace: 1300, addressSpaceLimit: 2000 };
    expect(sharesOf(usage)).toMatchObject({ rss: 0.3, 'address-space': 0.65 });
    expect(sharesOf(usage, limitsOf({ effective: 2000 }))).not.toHaveProperty('rss');
  });

  it('refuse nobody for what is mapped: that does not become less', () => {
    const usage = { addressSpace: 1990, addressSpaceLimit: 2000 };
    expect(levelsUnder(usage)).toEqual({ fromNormal: 'elevated', fromCritical: 'elevated' });
  });

  it('that cannot be critical are elevated with any margin', () => {
    const settings = { ...SETTINGS, exitMargin: 0.0995 };
    const [loop] = readSignals(sampleOf({ delay: 5000 }), limitsOf(), settings);
    expect(loop).toMatchObject({ name: 'event-loop', score: 0.8 });
  });

  it('may be above 1', () => {
    expect(sharesOf({ rss: 1500, delay: 3000 })).toMatchObject({ rss: 1.5, 'event-loop': 3 });
  });

  it('are 0 against a limit that is 0', () => {
    expect(sharesOf({ ceiling: 0 })).toMatchObject({ heap: 0 });
  });
});

describe('foresight', () => {
  it('may raise what the kernel kills for, and nothing else: heaps saw-tooth, machines are shared', () => {
    const raised = new Set<string>();
    const usage = { workingSet: 100, workingSetLimit: 2000, available: 1000 };
    readSignals(sampleOf(usage), limitsOf(), SETTINGS, (signal) => {
      raised.add(signal.name);
      return { ...signal, score: 1 };
    });
    expect([...raised]).toEqual(['rss', 'working-set']);
  });
});

describe('the working set', () => {
  it('is held against the limit of its cgroup, not against a tighter one', () => {
    const shares = sharesOf({ workingSet: 1000, workingSetLimit: 2000 }, limitsOf({ effective: 500 }));
    expect(shares).toMatchObject({ 'working-set': 0.5 });
  });

  it('is left out without a limit, and when it cannot be read', () => {
    expect(sharesOf({ workingSet: 1000 })).not.toHaveProperty('working-set');
    expect(sharesOf({ workingSetLimit: 1000 })).not.toHaveProperty('working-set');
  });

  it('tells of children that the process itself does not show', () => {
    const shares = sharesOf(
      { rss: 100, workingSet: 1900, workingSetLimit: 2000 },
      limitsOf({ effective: 2000 }),
    );
    expect(shares).toMatchObject({ 'working-set': 0.95 });
  });

  it('takes the place of RSS under the limit in force: files that are mapped are no pressure', () => {
    const usage = { rss: 980, workingSet: 700, workingSetLimit: 1000 };
    expect(sharesOf(usage)).not.toHaveProperty('rss');
    expect(levelsUnder(usage)).toEqual({ fromNormal: 'normal', fromCritical: 'normal' });
    expect(sharesOf(usage, limitsOf({ effective: 990 }))).toMatchObject({ rss: 980 / 990 });
  });
});

describe('the event loop', () => {
  it('is held against the given delay', () => {
    const settings = { ...SETTINGS, maxEventLoopDelayMs: 200 };
    expect(sharesOf({ delay: 100 }, limitsOf(), settings)).toMatchObject({ 'event-loop': 0.5 });
  });

  it('is left out when it is off, however late the loop is', () => {
    const settings = { ...SETTINGS, maxEventLoopDelayMs: false as const };
    expect(sharesOf({ delay: 60_000 }, limitsOf(), settings)).not.toHaveProperty('event-loop');
  });
});

describe('the machine', () => {
  it('is left out where nobody tells what is available', () => {
    expect(sharesOf({})).not.toHaveProperty('machine');
  });

  it('of 2 GB counts all that is given away', () => {
    const shares = sharesOf({ rss: 900, available: 512 }, limitsOf({ machine: 2048 }));
    expect(shares).toMatchObject({ machine: 0.75 });
  });

  it('of more than 4 GB is judged as if it had 4: what is left counts, not what is used', () => {
    for (const [available, share] of [
      [6554, 0],
      [4096, 0],
      [1024, 0.75],
      [102.4, 0.975],
    ] as const) {
      const shares = sharesOf({ rss: 50_000, available }, limitsOf({ machine: 65_536 }));
      expect(shares.machine).toBeCloseTo(share);
    }
  });

  it('counts in full when this process is a main user of it', () => {
    expect(scoresOf({ rss: 500, available: 48 }, limitsOf({ machine: 2048 })).machine).toBeGreaterThan(0.97);
  });

  it('counts in full when the children of this process are', () => {
    const usage = { rss: 100, workingSet: 500, available: 48 };
    expect(scoresOf(usage, limitsOf({ machine: 2048 })).machine).toBeGreaterThan(0.97);
  });

  it('makes pressure elevated at most when others use it, and still tells the real figures', () => {
    const usage = { rss: 499, available: 48 };
    const [signal] = readSignals(sampleOf(usage), limitsOf({ machine: 2048 }), SETTINGS);
    expect(signal).toMatchObject({ name: 'machine', used: 2000 * MB, limit: 2 * GB });
    expect(signal!.share).toBeGreaterThan(0.97);
    expect(levelsUnder(usage, { machine: 2048 })).toEqual({
      fromNormal: 'elevated',
      fromCritical: 'elevated',
    });
  });
});

describe('a process that has got to critical', () => {
  it('stays there while its own memory is within the margin', () => {
    expect(levelsUnder({ rss: 860 })).toEqual({ fromNormal: 'elevated', fromCritical: 'critical' });
    expect(levelsUnder({ rss: 960 })).toEqual({ fromNormal: 'critical', fromCritical: 'critical' });
  });

  it('stays there for what has survived in its heap, and not for garbage', () => {
    const full = { heap: 480, survivors: 470 };
    expect(levelsUnder(full)).toEqual({ fromNormal: 'critical', fromCritical: 'critical' });
    for (const survivors of [200, undefined]) {
      const garbage = survivors === undefined ? { heap: 480 } : { heap: 480, survivors };
      expect(levelsUnder(garbage)).toEqual({ fromNormal: 'elevated', fromCritical: 'elevated' });
    }
  });

  it('is not held there by what others do to the machine, nor by a late loop', () => {
    expect(levelsUnder({ available: 50 })).toEqual({ fromNormal: 'elevated', fromCritical: 'elevated' });
    expect(levelsUnder({ delay: 60_000 })).toEqual({ fromNormal: 'elevated', fromCritical: 'elevated' });
  });
});
