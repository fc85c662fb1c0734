import { describe, expect, it } from 'vitest';

import { type BootFacts, formatBootLine } from './boot-line.js';

const MB = 1024 ** 2;

function factsWith(facts: Partial<BootFacts> = {}): BootFacts {
  const effective = {
    source: 'cgroup-v2',
    bytes: 2048 * MB,
    detail: '/sys/fs/cgroup/app.slice/memory.max',
  } as const;
  return {
    mode: 'enforce',
    limits: {
      effective,
      all: [effective],
      cgroup: effective,
      heapCeilingBytes: 1048 * MB,
      machineBytes: 8192 * MB,
    },
    critical: 0.9,
    guards: 'all',
    workers: [],
    scheduledTasks: 0,
    contradictions: [],
    ...facts,
  };
}

function workersOf(...queues: string[]): BootFacts['workers'] {
  return queues.map((queue) => ({ queue, isSkipped: false }));
}

describe('the boot line', () => {
  it('tells apart what is skipped', () => {
    const workers = [...workersOf('prices'), { queue: 'urgent', isSkipped: true }];
    expect(formatBootLine(factsWith({ workers }))).toContain('1 queue worker (prices); skipped: urgent');
  });

  it('tells the limit, its source, the heap ceiling and the budget', () => {
    expect(formatBootLine(factsWith())).toBe(
      'memory limit 2048MB (cgroup-v2, /sys/fs/cgroup/app.slice/memory.max), heap ceiling 1048MB, ' +
        'budget 1843MB; wrapped: all routes',
    );
  });

  it('tells the budget as the critical share of the limit', () => {
    expect(formatBootLine(factsWith({ critical: 0.5 }))).toContain(', budget 1024MB;');
  });

  it('tells all that is wrapped, queues by name and workers by number', () => {
    const line = formatBootLine(
      factsWith({ workers: workersOf('prices', 'reports', 'prices'), scheduledTasks: 2 }),
    );
    expect(line).toMatch(/wrapped: all routes, 3 queue workers \(prices, reports\), 2 scheduled tasks$/);
  });

  it('counts one in the singular', () => {
    expect(formatBootLine(factsWith({ workers: workersOf('prices'), scheduledTasks: 1 }))).toMatch(
      /1 queue worker \(prices\), 1 scheduled task$/,
    );
  });

  it('says so when nothing is wrapped', () => {
    expect(formatBootLine(factsWith({ guards: 'none' }))).toMatch(/; wrapped: nothing$/);
  });

  it('tells that routes are guarded one by one', () => {
    expect(formatBootLine(factsWith({ guards: 'by-decorator', scheduledTasks: 1 }))).toMatch(
      /; wrapped: routes with @UseGuards\(MemoryBudgetGuard\), 1 scheduled task$/,
    );
  });

  it('says first that it only observes', () => {
    expect(formatBootLine(factsWith({ mode: 'observe' }))).toMatch(/^observing only: memory limit 2048MB/);
  });

  it('ends in what was found to contradict', () => {
    const line = formatBootLine(
      factsWith({
        contradictions: [
          { severity: 'warning', message: 'Lower A.' },
          { severity: 'hint', message: 'Raise B.' },
        ],
      }),
    );
    expect(line).toMatch(/wrapped: all routes; found: Lower A\. Raise B\.$/);
  });
});
