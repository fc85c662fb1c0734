import { describe, expect, it } from 'vitest';

import type { QueueBackendReport } from '../admission/index.js';
import { describeQueue } from './queue-verdict.js';
import { type QueueWorkerCheckOptions, readCheckOptions } from './queue-worker-options.js';

const REPORT: QueueBackendReport = {
  paused: false,
  waiting: 5,
  active: 1,
  delayed: 2,
  failed: 3,
  ageOfOldestWaitingMs: 2000,
  workersConnected: 4,
};

function verdict(report: Partial<QueueBackendReport> | undefined, options: QueueWorkerCheckOptions = {}) {
  const told = { tookMs: 1.6, report: report && { ...REPORT, ...report } };
  return describeQueue('prices', told, readCheckOptions(options));
}

describe('a queue', () => {
  it('is up without limits, whatever it holds', () => {
    const much = {
      waiting: 1e6,
      failed: 1e6,
      ageOfOldestWaitingMs: 1e9,
      workersConnected: null,
      delayed: 1e6,
    };
    expect(verdict(much)).toEqual({
      queue: 'prices',
      status: 'up',
      paused: false,
      active: 1,
      ...much,
      backend: { answers: true, tookMs: 2 },
    });
  });

  it.each([
    [{ maxWaiting: 5 }, { waiting: 5 }, { waiting: 6 }, '6 jobs wait; maxWaiting is 5'],
    [{ maxFailed: 0 }, { failed: 0 }, { failed: 1 }, '1 jobs have failed; maxFailed is 0'],
    [
      { maxWaitingAgeMs: 100 },
      { ageOfOldestWaitingMs: 100 },
      { ageOfOldestWaitingMs: 101.2 },
      'the oldest waiting job is 101ms old; maxWaitingAgeMs is 100',
    ],
    [
      { minWorkers: 2 },
      { workersConnected: 2 },
      { workersConnected: 1 },
      '1 workers are connected; minWorkers is 2',
    ],
  ])('is up at %o, and degraded beyond it', (limit, at, beyond, crossed) => {
    expect(verdict(at, limit).status).toBe('up');
    expect(verdict(beyond, limit)).toMatchObject({ status: 'degraded', crossed: [crossed] });
    expect(verdict(beyond, { ...limit, whenCrossed: 'down' }).status).toBe('down');
    // The status for silence is another option.
    expect(verdict(beyond, { ...limit, whenSilent: 'down' }).status).toBe('degraded');
  });

  it('is degraded while it is paused', () => {
    expect(verdict({ paused: true }, {})).toMatchObject({ status: 'degraded', paused: true });
    const beyond = { maxWaiting: 1, whenCrossed: 'down' } as const;
    expect(verdict({ paused: true }, beyond).status).toBe('down');
  });

  it('tells all limits that it is beyond', () => {
    expect(
      verdict({}, { maxWaiting: 1, maxFailed: 1, maxWaitingAgeMs: 1, minWorkers: 9 }).crossed,
    ).toHaveLength(4);
  });

  it('is not judged by what the backend does not tell', () => {
    const unknown = { ageOfOldestWaitingMs: null, workersConnected: null };
    expect(verdict(unknown, { maxWaitingAgeMs: 0, minWorkers: 9 }).status).toBe('up');
  });

  it('is degraded when the backend is silent, or down where that is wanted, and has no counts', () => {
    expect(verdict(undefined, { maxWaiting: 0 })).toEqual({
      queue: 'prices',
      status: 'degraded',
      backend: { answers: false, tookMs: 2 },
    });
    expect(verdict(undefined, { whenSilent: 'down' }).status).toBe('down');
  });
});
