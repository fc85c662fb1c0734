import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';

import { WorkerRegistry } from '../admission/index.js';
import { VitalsService } from '../vitals/index.js';
import { answer, type HealthStatus } from './health-status.js';
import { describeQueue } from './queue-verdict.js';
import {
  type QueueWorkerCheck,
  type QueueWorkerCheckOptions,
  readCheckOptions,
} from './queue-worker-options.js';
import { describeWorker } from './worker-verdict.js';

/**
 * The queue workers of this process, and their queues on all machines; with the option `queues` also queues that this
 * process only adds to.
 *
 * A worker is `down` when it does not run, `degraded` when it is paused, closes, holds jobs for memory, or when the event loop
 * was late by more than a lock lasts, so that a job may have run twice. A queue is `degraded` when Redis or Postgres
 * does not answer in time, when it is paused for all workers, or when it is beyond a limit of the options.
 *
 * A worker that the app has closed by itself is no longer listed. Where that must be seen, name its queue and ask for
 * `minWorkers`.
 *
 * @publicApi
 */
@Injectable()
export class QueueWorkerHealthIndicator {
  constructor(
    private readonly workers: WorkerRegistry,
    private readonly vitals: VitalsService,
    private readonly indicators: HealthIndicatorService,
  ) {}

  /**
   * Reads the counters of this process, and asks the backend about each queue once; an answer is kept for a second.
   * Takes no longer than the timeout, whatever the backend does.
   *
   * @param key name of the check in the answer
   * @throws {InvalidOptionsError} when an option cannot be used
   */
  async check<Key extends string>(
    key: Key,
    options?: QueueWorkerCheckOptions,
  ): Promise<HealthIndicatorResult<Key>> {
    const check = readCheckOptions(options, this.workers.queueNames);
    const queues = await this.askQueues(check);
    const now = Date.now();
    const workers = this.workers
      .reports()
      .filter(({ queue }) => isMeant(queue, check))
      .map((report) => describeWorker(report, now));
    const status = worst([...workers, ...(queues ?? [])].map((one) => one.status));
    return answer(this.indicators.check(key), status, {
      eventLoopDelayMs: Math.round(this.vitals.last.eventLoop.maxDelayMs),
      workers,
      ...(queues && { queues }),
    });
  }

  private async askQueues(check: QueueWorkerCheck) {
    if (!check.backend) return undefined;
    const backends = this.workers.backends(check.queues);
    return Promise.all(
      backends.map(async (backend) =>
        describeQueue(backend.queue, await backend.ask(check.timeoutMs), check),
      ),
    );
  }
}

function isMeant(queue: string, { queues }: QueueWorkerCheck): boolean {
  return !queues || queues.includes(queue);
}

function worst(statuses: readonly HealthStatus[]): HealthStatus {
  if (statuses.includes('down')) return 'down';
  return statuses.includes('degraded') ? 'degraded' : 'up';
}
