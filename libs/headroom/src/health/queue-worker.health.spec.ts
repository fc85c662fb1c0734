import { HealthIndicatorService } from '@nestjs/terminus';
import { describe, expect, it } from 'vitest';

import { type QueueBackend, type QueueBackendReport, WorkerRegistry } from '../admission/index.js';
import type { WorkerReport } from '../admission/index.js';
import type { VitalsService } from '../vitals/index.js';
import { reportOf } from './fixtures/worker-report.js';
import { QueueWorkerHealthIndicator } from './queue-worker.health.js';
import type { QueueWorkerCheckOptions } from './queue-worker-options.js';

const COUNTS: QueueBackendReport = {
  paused: false,
  waiting: 5,
  active: 1,
  delayed: 2,
  failed: 3,
  ageOfOldestWaitingMs: 1234.5,
  workersConnected: 4,
};

class Backend implements QueueBackend {
  readonly timeouts: number[] = [];
  constructor(
    readonly queue: string,
    private readonly counts: QueueBackendReport | undefined = COUNTS,
  ) {}
  ask = async (timeoutMs: number) => {
    this.timeouts.push(timeoutMs);
    return { tookMs: 1.4, report: this.counts };
  };
}

interface Told {
  readonly status: string;
  readonly eventLoopDelayMs: number;
  readonly workers: Record<string, unknown>[];
  readonly queues?: Record<string, unknown>[];
}

type Entry = Partial<WorkerReport> & { backend?: Backend };

async function check(entries: Entry[], options?: QueueWorkerCheckOptions): Promise<Told> {
  const registry = new WorkerRegistry();
  for (const { backend, ...report } of entries) {
    const full = reportOf(report);
    registry.add({
      queue: full.queue,
      concurrency: 1,
      backend: backend ?? new Backend(full.queue),
      report: () => full,
    });
  }
  const vitals = { last: { eventLoop: { maxDelayMs: 12.4 } } } as unknown as VitalsService;
  const indicator = new QueueWorkerHealthIndicator(registry, vitals, new HealthIndicatorService());
  return (await indicator.check('workers', options)).workers as unknown as Told;
}

describe('the check', () => {
  it('is up without any worker', async () => {
    expect(await check([])).toEqual({ status: 'up', eventLoopDelayMs: 12, workers: [], queues: [] });
  });

  it('is as bad as the worst worker', async () => {
    const [up, degraded, down] = [{}, { queue: 'reports', held: 2 }, { queue: 'bundles', isRunning: false }];
    expect((await check([up])).status).toBe('up');
    expect((await check([up, degraded])).status).toBe('degraded');
    expect((await check([up, degraded, down])).status).toBe('down');
  });

  it('is as bad as the worst queue', async () => {
    const silent = { queue: 'reports', backend: new Backend('reports', undefined) };
    silent.backend.ask = async () => ({ tookMs: 1000, report: undefined });
    expect((await check([{}, silent])).status).toBe('degraded');
    expect((await check([{}, silent], { whenSilent: 'down' })).status).toBe('down');
  });

  it('looks at the queues that are named only', async () => {
    const entries = [{}, { queue: 'bundles', isRunning: false, backend: new Backend('bundles') }];
    expect((await check(entries, { queues: ['prices'] })).status).toBe('up');
    expect(entries[1]!.backend!.timeouts).toEqual([]);
    const bundles = await check(entries, { queues: ['bundles'] });
    expect(bundles).toMatchObject({ status: 'down', workers: [{}], queues: [{ queue: 'bundles' }] });
  });

  it('asks once about a queue that workers share, and gives it the time of the option', async () => {
    const backend = new Backend('prices');
    const { workers, queues } = await check([{ backend }, { backend }], { timeoutMs: 250 });
    expect(workers).toHaveLength(2);
    expect(queues).toEqual([
      {
        queue: 'prices',
        status: 'up',
        ...COUNTS,
        ageOfOldestWaitingMs: 1235,
        backend: { answers: true, tookMs: 1 },
      },
    ]);
    expect(backend.timeouts).toEqual([250]);
  });

  it('gives the backend half a second by default', async () => {
    const backend = new Backend('prices');
    await check([{ backend }]);
    expect(backend.timeouts).toEqual([500]);
  });

  it('asks no backend when told so', async () => {
    const backend = new Backend('prices');
    expect(await check([{ backend }], { backend: false })).not.toHaveProperty('queues');
    expect(backend.timeouts).toEqual([]);
  });

  it('rejects options that it cannot use', async () => {
    await expect(check([], { timeoutMs: 0 })).rejects.toThrow('timeoutMs: received 0');
  });
});
