import { beforeEach, describe, expect, it } from 'vitest';

import type { MemoryLimit } from './limits/index.js';
import { LostReadings } from './lost-readings.js';

const MB = 1024 ** 2;
const ALL = { workingSetBytes: MB, machineAvailableBytes: MB };
let lines: string[];
const logger = { warn: (line: string) => void lines.push(line) };
const limit = (mb: number, source: MemoryLimit['source']): MemoryLimit => ({
  bytes: mb * MB,
  source,
  detail: `of ${source}`,
});
beforeEach(() => void (lines = []));

describe('readings that are lost', () => {
  it('are told once', () => {
    const lost = new LostReadings(logger);
    const none = { workingSetBytes: undefined, machineAvailableBytes: undefined };
    lost.sampled(ALL, ALL);
    for (const [before, now] of [
      [ALL, none],
      [none, none],
      [none, ALL],
      [ALL, none],
    ] as const)
      lost.sampled(before, now);
    expect(lines).toEqual([
      "the cgroup's memory cannot be read: RSS is judged alone while that is so",
      "the machine's available memory cannot be read: it is not judged while that is so",
    ]);
  });

  it('are none where they never were, but for what each Linux has', () => {
    const none = { workingSetBytes: undefined, machineAvailableBytes: undefined };
    new LostReadings(logger, 'darwin').sampled(none, none);
    expect(lines).toEqual([]);
    new LostReadings(logger, 'linux').sampled(none, none);
    expect(lines).toHaveLength(1);
  });
});

describe('a limit that has changed', () => {
  it('is told each time', () => {
    const lost = new LostReadings(logger);
    lost.limited(limit(200, 'cgroup-v1'), limit(200, 'cgroup-v1'));
    lost.limited(limit(200, 'cgroup-v1'), limit(4096, 'machine'));
    expect(lines).toEqual([
      'memory limit 4096MB (machine, of machine) from now on; it was 200MB (cgroup-v1, of cgroup-v1)',
    ]);
  });
});
