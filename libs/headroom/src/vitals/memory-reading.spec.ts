import { describe, expect, it } from 'vitest';

import { findGarbageCollector } from './garbage-collector.js';
import type { MemoryLimits } from './limits/index.js';
import { readMemory } from './memory-reading.js';
import type { VitalsSample } from './vitals-sample.js';

const limits = (bytes: number) => ({ effective: { bytes }, heapCeilingBytes: 1000 }) as MemoryLimits;
const sample = (more: Partial<VitalsSample> = {}) => ({ rssBytes: 300, ...more }) as VitalsSample;
const external = () => readMemory(sample(), limits(1000), 300).externalBytes;
const used = (...args: Parameters<typeof readMemory>) => readMemory(...args).usedBytes;

describe('what is used', () => {
  it('is what is resident, and what children have', () => {
    expect(used(sample(), limits(1000), 350)).toBe(350);
    expect(used(sample(), limits(1000), 350, { usedBytes: 100, grownBytes: 0 })).toBe(450);
  });

  it('under the limit of a cgroup is its working set, with what has grown since', () => {
    const last = sample({ workingSetBytes: 500, workingSetLimitBytes: 1000 });
    expect(used(last, limits(1000), 350)).toBe(550);
    expect(used(last, limits(1000), 350, { usedBytes: 100, grownBytes: 20 })).toBe(570);
  });

  it('and what is resident beside it is not charged: pages of files', () => {
    const last = sample({ workingSetBytes: 250, workingSetLimitBytes: 1000 });
    expect(readMemory(last, limits(1000), 350)).toMatchObject({ usedBytes: 300, unchargedBytes: 50 });
    const children = { usedBytes: 100, grownBytes: 0 };
    expect(readMemory(last, limits(1000), 350, children)).toMatchObject({ unchargedBytes: 150 });
    expect(readMemory(sample(), limits(1000), 350)).toMatchObject({ unchargedBytes: 0 });
  });

  it('under a limit that is not that of the cgroup is all that is resident', () => {
    const last = sample({ workingSetBytes: 250, workingSetLimitBytes: 2000 });
    expect(readMemory(last, limits(1000), 350)).toMatchObject({ usedBytes: 350, unchargedBytes: 0 });
  });

  it('under a limit of the address space is all that is mapped, with what has grown since', () => {
    const last = sample({ addressSpaceBytes: 900, addressSpaceLimitBytes: 1000 });
    expect(used(last, limits(1000), 350)).toBe(950);
    expect(used(last, limits(1000), 350, { usedBytes: 100, grownBytes: 20 })).toBe(950);
    expect(used(last, limits(800), 350)).toBe(750);
  });

  it('under two limits is told of the one with the least room', () => {
    const cgroupIsFuller = sample({ workingSetBytes: 1900, workingSetLimitBytes: 2000 });
    expect(used(cgroupIsFuller, limits(1000), 350)).toBe(950);
    const ownIsFuller = sample({ workingSetBytes: 400, workingSetLimitBytes: 2000 });
    expect(used(ownIsFuller, limits(1000), 350)).toBe(350);
  });
});

it('knows what of the Buffers a collection has freed, before the next one is made', () => {
  const asleep = new Int32Array(new SharedArrayBuffer(4));
  const before = external();
  let buffers: Buffer[] | undefined = Array.from({ length: 4 }, () => Buffer.alloc(20e6, 1));
  expect(external() - before).toBeGreaterThan(79e6);
  buffers = undefined;
  findGarbageCollector()!();
  // Another thread frees them; in this one nothing happens that could make V8 look.
  Atomics.wait(asleep, 0, 0, 1000);
  expect(buffers).toBeUndefined();
  expect(external() - before).toBeLessThan(1e6);
});
