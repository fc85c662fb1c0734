import { describe, expect, it } from 'vitest';

import { parseStatus, readProcessMemory } from './process-memory.js';

describe('the memory of a process', () => {
  it('is read from its status', () => {
    const text =
      'Name:\tnode\nVmPeak:\t 1000000 kB\nVmHWM:\t   61234 kB\nVmRSS:\t   45678 kB\nThreads:\t11\n';
    expect(parseStatus(text)).toEqual({ rssBytes: 45_678 * 1024, peakRssBytes: 61_234 * 1024 });
  });

  it('is not known of a process that has died, or never was', () => {
    expect(parseStatus('Name:\tnode\nState:\tZ (zombie)\n')).toBeUndefined();
    expect(readProcessMemory(2 ** 30)).toBeUndefined();
  });

  it.skipIf(process.platform !== 'linux')('is near to what this process tells of itself', () => {
    const memory = readProcessMemory(process.pid)!;
    expect(memory.rssBytes / process.memoryUsage.rss()).toBeCloseTo(1, 0);
    expect(memory.peakRssBytes).toBeGreaterThanOrEqual(memory.rssBytes);
  });
});
