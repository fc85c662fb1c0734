import { describe, expect, it } from 'vitest';

import type { MemoryFacts } from '../vitals/index.js';
import type { TaskEndFacts } from './task-facts.js';
import { formatTaskEnd, formatTaskStart } from './task-lines.js';

const MB = 1024 ** 2;

function memory(rss: number, heap: number, ext: number): MemoryFacts {
  return {
    rssBytes: rss * MB,
    heapUsedBytes: heap * MB,
    heapCeilingBytes: 480 * MB,
    externalBytes: ext * MB,
  };
}

const ENDED: TaskEndFacts = {
  kind: 'job',
  name: 'reports:build#17',
  startedAt: 0,
  before: memory(512, 420, 20),
  memory: memory(530, 430, 20),
  outcome: 'ok',
  error: undefined,
  durationMs: 1234,
  peakRssBytes: 541 * MB,
  concurrency: 1,
};

describe('the start line', () => {
  it('tells the memory and what starts', () => {
    expect(formatTaskStart({ ...ENDED, memory: ENDED.before })).toBe(
      'task start mem rss=512MB heap=420/480MB ext=20MB job=reports:build#17',
    );
  });

  it('is labelled with the kind', () => {
    const started = { ...ENDED, kind: 'cron', name: 'Reports.nightly' } as const;
    expect(formatTaskStart(started)).toMatch(/ cron=Reports\.nightly$/);
  });
});

describe('the end line', () => {
  it('tells memory with its growth, the peak, the time and the outcome', () => {
    expect(formatTaskEnd(ENDED)).toBe(
      'task end mem rss=530MB(+18) heap=430/480MB(+10) ext=20MB(+0) peak=541MB took=1.2s outcome=ok ' +
        'job=reports:build#17',
    );
  });

  it('tells a loss as one', () => {
    expect(formatTaskEnd({ ...ENDED, memory: memory(500, 100, 0) })).toContain(
      'rss=500MB(-12) heap=100/480MB(-320) ext=0MB(-20)',
    );
  });

  it.each([
    [0.4, '0ms'],
    [12.6, '13ms'],
    [999.4, '999ms'],
    [1000, '1.0s'],
    [59_900, '59.9s'],
    [60_000, '1m0s'],
    [61_000, '1m1s'],
    [119_600, '2m0s'],
    [3_600_000, '60m0s'],
  ])('tells %d ms as %s', (durationMs, text) => {
    expect(formatTaskEnd({ ...ENDED, durationMs })).toContain(` took=${text} `);
  });

  it('of a failed task carries the name of its error', () => {
    class QuotaError extends Error {
      override name = 'QuotaError';
    }
    for (const [error, name] of [
      [new TypeError('x'), 'TypeError'],
      [new QuotaError(), 'QuotaError'],
      ['a text', 'string'],
      [undefined, 'undefined'],
    ] as const) {
      expect(formatTaskEnd({ ...ENDED, outcome: 'failed', error })).toContain(
        ` outcome=failed error=${name} job=`,
      );
    }
  });

  it('of an error out of another process carries the name that its stack has', () => {
    for (const [stack, name] of [
      ['RangeError: too large\n    at build (build.js:1:1)', 'RangeError'],
      ['Error: too large\n    at build (build.js:1:1)', 'Error'],
      ['TypeError [ERR_INVALID_ARG_TYPE]: too large\n    at build (build.js:1:1)', 'TypeError'],
      ['RangeError\n    at build (build.js:1:1)', 'RangeError'],
      ['Quota$Error', 'Quota$Error'],
      ['something else was written here', 'Error'],
      ['', 'Error'],
    ] as const) {
      const error = Object.assign(new Error('too large'), { stack });
      expect(formatTaskEnd({ ...ENDED, outcome: 'failed', error })).toContain(` error=${name} job=`);
    }
  });

  it('of a task that did not fail carries no error', () => {
    for (const outcome of ['ok', 'released'] as const) {
      const line = formatTaskEnd({ ...ENDED, outcome });
      expect(line).toContain(`outcome=${outcome} job=`);
      expect(line).not.toContain('error=');
    }
  });

  it('says by how many tasks the growth is shared', () => {
    expect(formatTaskEnd({ ...ENDED, concurrency: 3 })).toContain(' outcome=ok shared-by=3 job=');
    expect(formatTaskEnd(ENDED)).not.toContain('shared-by');
  });
});

it('a name that was made to look like a line of its own stays on the line of its task', () => {
  const name = 'reports:build\ntask end mem rss=1MB job=other#1#17';
  const line = formatTaskStart({ kind: 'job', name, startedAt: 0, memory: memory(512, 420, 20) });
  expect(line.split('\n')).toHaveLength(1);
});
