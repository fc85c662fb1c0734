import { getHeapStatistics, type GCProfiler, type GCProfilerResult } from 'node:v8';
import { beforeEach, describe, expect, it } from 'vitest';

import { findGarbageCollector } from './garbage-collector.js';
import { SurvivorsMonitor } from './survivors-monitor.js';

const MB = 1024 ** 2;
const LIMIT = 100 * MB;

/** Collections that the next reading shall find, as kind and megabytes left and freed; and how many watches are open. */
class FakeV8 {
  readonly collections: [kind: string, leftMb: number, freedMb?: number][] = [];
  open = 0;
  fault: Error | undefined;

  readonly newProfiler = (): GCProfiler => ({
    start: () => void this.open++,
    stop: () => {
      this.open--;
      if (this.fault) throw this.fault;
      const statistics = this.collections.splice(0).map(([gcType, leftMb, freedMb = 0]) => ({
        gcType,
        cost: 5000,
        beforeGC: { heapStatistics: { usedHeapSize: (leftMb + freedMb) * MB } },
        afterGC: { heapStatistics: { usedHeapSize: leftMb * MB } },
      }));
      return { statistics } as unknown as GCProfilerResult;
    },
  });
}

describe('what survives a major collection', () => {
  let v8: FakeV8;
  let monitor: SurvivorsMonitor;
  beforeEach(() => {
    v8 = new FakeV8();
    monitor = new SurvivorsMonitor(v8.newProfiler);
  });

  it('is known after the first one: the last counts, and no other kind of collection', () => {
    expect(monitor.read(80 * MB, LIMIT, 0)).toBeUndefined();
    v8.collections.push(['Scavenge', 79], ['IncrementalMarking', 79]);
    expect(monitor.read(80 * MB, LIMIT, 250)).toBeUndefined();
    v8.collections.push(['MarkSweepCompact', 50], ['MarkSweepCompact', 40], ['Scavenge', 60]);
    expect(monitor.read(80 * MB, LIMIT, 500)).toEqual({
      bytes: 40 * MB,
      limitBytes: LIMIT,
      ageMs: 0,
      collectionsPerSecond: 4,
      pausedShare: 0.005,
    });
  });

  it('counts as busy those only that freed little', () => {
    monitor.read(80 * MB, LIMIT, 0);
    v8.collections.push(
      ['MarkSweepCompact', 60, 30],
      ['MarkSweepCompact', 62, 15],
      ['MarkSweepCompact', 70, 14],
    );
    expect(monitor.read(80 * MB, LIMIT, 500)).toMatchObject({ bytes: 70 * MB, collectionsPerSecond: 2 });
  });

  it('is kept, and grows older, until the next one', () => {
    monitor.read(80 * MB, LIMIT, 0);
    v8.collections.push(['MarkSweepCompact', 40]);
    monitor.read(80 * MB, LIMIT, 250);
    expect(monitor.read(90 * MB, LIMIT, 1250)).toMatchObject({ bytes: 40 * MB, ageMs: 1000 });
    v8.collections.push(['MarkSweepCompact', 70]);
    expect(monitor.read(90 * MB, LIMIT, 1500)).toMatchObject({ bytes: 70 * MB, ageMs: 0 });
  });

  it('is watched from 60 % on, and until below 50 %', () => {
    const watched = [59, 60, 50, 59, 49, 59, 60].map((used) => {
      monitor.read(used * MB, LIMIT, 0);
      return v8.open;
    });
    expect(watched).toEqual([0, 1, 1, 1, 0, 0, 1]);
  });

  it('is not watched after the monitor has stopped', () => {
    monitor.read(80 * MB, LIMIT, 0);
    monitor.read(80 * MB, LIMIT, 250);
    monitor.stop();
    monitor.stop();
    expect(v8.open).toBe(0);
  });

  it('is forgotten when the watch ends', () => {
    monitor.read(80 * MB, LIMIT, 0);
    v8.collections.push(['MarkSweepCompact', 40]);
    expect(monitor.read(80 * MB, LIMIT, 250)).toBeDefined();
    monitor.read(10 * MB, LIMIT, 500);
    expect(monitor.read(80 * MB, LIMIT, 750)).toBeUndefined();
  });

  it('is given up for good, without a word, where V8 cannot be watched', () => {
    monitor.read(80 * MB, LIMIT, 0);
    v8.fault = new Error('no profile');
    expect(monitor.read(80 * MB, LIMIT, 250)).toBeUndefined();
    expect(monitor.read(80 * MB, LIMIT, 500)).toBeUndefined();
    expect(v8.open).toBe(0);
  });
});

it('is what V8 tells of its collection, not what is in use when somebody asks', () => {
  const collect = findGarbageCollector()!;
  const monitor = new SurvivorsMonitor();
  // So large that whatever the tests before this one have left counts as little freed.
  const limitBytes = 1e6 * MB;
  monitor.read(0.8 * limitBytes, limitBytes, 0);
  collect();
  const left = getHeapStatistics().used_heap_size;
  const garbage = Array.from({ length: 200_000 }, (_, index) => ({ index }));
  const survivors = monitor.read(0.8 * limitBytes, limitBytes, 1000)!;
  monitor.stop();
  expect(garbage).toHaveLength(200_000);
  expect(survivors.bytes).toBeGreaterThan(left / 2);
  expect(survivors.bytes).toBeLessThan(left + MB);
  expect(survivors.collectionsPerSecond).toBe(1);
});
