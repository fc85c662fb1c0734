import { afterEach, describe, expect, it } from 'vitest';

import type { MemoryReading } from '../../vitals/index.js';
import { LearnedCost } from './learned-cost.js';
import { UnitsInFlight } from './units-in-flight.js';

const MB = 1024 ** 2;
const HEAP_MB = 30;
const NATIVE_MB = 50;

/** What is seen of a process whose Buffers are set by the spec. */
function reading(bufferMb: number, residentMb = bufferMb): MemoryReading {
  return {
    usedBytes: (HEAP_MB + NATIVE_MB + residentMb) * MB,
    unchargedBytes: 0,
    limitBytes: 1000 * MB,
    heapUsedBytes: HEAP_MB * MB,
    heapOldBytes: HEAP_MB * MB,
    heapPhysicalBytes: HEAP_MB * MB,
    heapCeilingBytes: 500 * MB,
    externalBytes: bufferMb * MB,
    machineAvailableBytes: Infinity,
  };
}

let units: UnitsInFlight;
afterEach(() => units.close());

function setUp() {
  units = new UnitsInFlight();
  let nowMs = 0;
  const read = (bufferMb: number, residentMb?: number) => units.read(reading(bufferMb, residentMb), ++nowMs);
  const start = (cost: LearnedCost, megabytes: number) =>
    units.start(cost, { heapBytes: 0, totalBytes: megabytes * MB }, nowMs);
  read(0);
  return { read, start };
}

const unknown = () => new LearnedCost('job', 'job', undefined);
function known(megabytes: number): LearnedCost {
  const cost = new LearnedCost('request', 'GET /work', undefined);
  cost.recall('heavy', 0, megabytes * MB, 30);
  return cost;
}
const outsideMb = ({ observation }: { observation: { outsideBytes: number } }) =>
  Math.round(observation.outsideBytes / MB);

describe('whose growth it is', () => {
  it('of those for whom it was set aside', () => {
    const { read, start } = setUp();
    const [a, b] = [start(known(30), 30), start(known(60), 60)];
    read(90);
    expect([outsideMb(a), outsideMb(b)]).toEqual([30, 60]);
  });

  it('what is left over, mostly of those whose kind is little known', () => {
    const { read, start } = setUp();
    const request = start(known(30), 30);
    const job = start(unknown(), 5);
    read(90);
    expect(outsideMb(request)).toBeLessThan(33);
    expect(outsideMb(job)).toBeGreaterThan(57);
  });

  it('not of one that has memory set aside and waits for its turn', () => {
    const { read, start } = setUp();
    const runs = start(known(30), 30);
    const waits = start(unknown(), 5);
    waits.begunAtMs = undefined;
    read(90);
    expect([outsideMb(runs), outsideMb(waits)]).toEqual([90, 0]);
  });

  it('nobody in particular when none has begun to run', () => {
    const { read, start } = setUp();
    start(unknown(), 5).begunAtMs = undefined;
    read(90);
    expect(units.drainUnexplained()).toBe(90 * MB);
  });

  it('all of it of the one whose own code runs', () => {
    const { read, start } = setUp();
    const [waits, runs] = [start(known(30), 30), start(known(30), 30)];
    units.begin(runs, 0, 0);
    read(60);
    units.endStretch(60 * MB);
    expect([outsideMb(waits), outsideMb(runs)]).toEqual([0, 60]);
    read(90);
    expect(outsideMb(waits)).toBe(30);
  });

  it('also when what ended units have left is found to be gone in the same moment', () => {
    const { read, start } = setUp();
    const gone = start(known(90), 90);
    read(90);
    units.end(gone);
    const job = start(unknown(), 5);
    units.begin(job, 0, 0);
    // 90 of garbage were freed, and 60 taken of their place.
    read(60, 90);
    units.endStretch(60 * MB);
    expect(outsideMb(job)).toBe(60);
    expect(units.leftBytes).toBe(0);
  });

  it('and what hid it is not lost by those that hold something', () => {
    const { read, start } = setUp();
    const holds = start(known(60), 60);
    read(60);
    const job = start(unknown(), 5);
    units.begin(job, 60 * MB, 0);
    units.endStretch(120 * MB);
    expect([outsideMb(holds), outsideMb(job)]).toEqual([60, 60]);
    expect(holds.outstanding.totalBytes).toBe(0);
  });

  it('of nobody when the one that ran has ended', () => {
    const { read, start } = setUp();
    const [ended, runs] = [start(unknown(), 5), start(known(30), 30)];
    units.begin(ended, 0, 0);
    units.end(ended);
    expect(units.ahead).toBeUndefined();
    read(30);
    expect([outsideMb(ended), outsideMb(runs)]).toEqual([0, 30]);
  });
});
