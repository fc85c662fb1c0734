import { describe, expect, it } from 'vitest';
import { overallPercent, queueProgress } from './batch-progress.js';

const totals = { indicators: 4, rankings: 2, reports: 1 };
const child = (queue: string, index: number): string => `market-data:${queue}:batch-1-${queue}-${index}`;

describe('batch progress', () => {
  it('waits while the work is not handed out', () => {
    const queues = queueProgress(undefined, { done: [], failed: [] });
    expect(queues.reports).toEqual({ state: 'waiting', done: 0, failed: 0, total: 0, percent: 0 });
    expect(overallPercent(40, queues)).toBe(4);
  });

  it('counts each queue for itself', () => {
    const queues = queueProgress(totals, {
      done: [child('indicators', 0), child('rankings', 0), child('rankings', 1)],
      failed: [child('reports', 0)],
    });
    expect(queues.indicators).toEqual({ state: 'running', done: 1, failed: 0, total: 4, percent: 25 });
    expect(queues.rankings).toEqual({ state: 'done', done: 2, failed: 0, total: 2, percent: 100 });
    expect(queues.reports).toEqual({ state: 'failed', done: 0, failed: 1, total: 1, percent: 100 });
    expect(overallPercent(100, queues)).toBe(10 + Math.floor((90 * 4) / 7));
  });
});
