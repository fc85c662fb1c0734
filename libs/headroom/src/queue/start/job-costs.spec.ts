import { describe, expect, it } from 'vitest';

import type { MemoryCostByJobName, MemoryCostValue, WorkCost } from '../../admission/index.js';
import { JobCosts } from './job-costs.js';

function setUp(declared?: MemoryCostValue | MemoryCostByJobName) {
  const found: [string, MemoryCostValue | undefined][] = [];
  const costs = new JobCosts('reports', declared, (key, value): WorkCost => {
    found.push([key, value]);
    return { lane: 'job', key, isFree: false, freeStarts: 0 };
  });
  return { costs, found };
}

describe('what jobs are known to take', () => {
  it('is asked for once per name', () => {
    const { costs, found } = setUp();
    expect(costs.of('build')).toBe(costs.of('build'));
    expect(costs.of('ping').key).toBe('reports:ping');
    expect(found).toEqual([
      ['reports:build', undefined],
      ['reports:ping', undefined],
    ]);
  });

  it('is what the processor class declares, for all its jobs or by name', () => {
    const all = setUp('60mb');
    all.costs.of('build');
    const byName = setUp({ build: '200mb', ping: 'none' });
    for (const name of ['build', 'ping', 'other', 'toString']) byName.costs.of(name);
    expect(all.found).toEqual([['reports:build', '60mb']]);
    expect(byName.found.map(([, declared]) => declared)).toEqual(['200mb', 'none', undefined, undefined]);
  });

  it('is shared by names beyond the first five hundred, unless they are declared', () => {
    const { costs, found } = setUp({ build: '200mb' });
    for (let name = 0; name < 600; name++) costs.of(`job-${name}`);
    expect(found[499]).toEqual(['reports:job-499', undefined]);
    expect(found.slice(500).every(([key]) => key === 'reports:*')).toBe(true);
    expect(costs.of('build').key).toBe('reports:build');
  });
});
