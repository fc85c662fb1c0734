import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';

import { JobMonitor, MemoryLedger, RequestMonitor } from '../admission/index.js';
import { type PressureLevel, PressureService } from '../pressure/index.js';
import { RESILIENCE_OPTIONS } from '../resilience-options.js';
import type { ResolvedResilienceOptions } from '../resilience-options.js';
import { toMb } from '../units/index.js';
import { VitalsService } from '../vitals/index.js';
import {
  answer,
  type HealthStatus,
  observed,
  roundShare,
  type ShareThresholds,
  statusOf,
  readThresholds,
} from './health-status.js';

const STATUS_OF: Record<PressureLevel, HealthStatus> = {
  normal: 'up',
  elevated: 'degraded',
  critical: 'down',
};

/**
 * The pressure level in force, the same that the guard and the queues act on: `elevated` is `degraded`,
 * `critical` is `down`. For readiness. Never for liveness: a restart does not make memory, it loops.
 *
 * @publicApi
 */
@Injectable()
export class MemoryBudgetHealthIndicator {
  constructor(
    @Inject(RESILIENCE_OPTIONS) private readonly options: ResolvedResilienceOptions,
    private readonly vitals: VitalsService,
    private readonly pressure: PressureService,
    private readonly ledger: MemoryLedger,
    private readonly requests: RequestMonitor,
    private readonly jobs: JobMonitor,
    private readonly indicators: HealthIndicatorService,
  ) {}

  /**
   * Reads the last judgement.
   *
   * @param key name of the check in the answer
   * @param thresholds shares of the score to judge by, in place of the level in force and its hysteresis
   * @throws {InvalidOptionsError} when one of them is not a share
   */
  check<Key extends string>(key: Key, thresholds?: ShareThresholds): HealthIndicatorResult<Key> {
    const { level, score, reasons, since } = this.pressure.verdict;
    const limitBytes = this.vitals.limits.effective.bytes;
    const judged = thresholds ? statusOf(score, this.read(thresholds)) : STATUS_OF[level];
    return answer(this.indicators.check(key), observed(judged, this.options.mode), {
      level,
      score: roundShare(score),
      reasons,
      since: new Date(since).toISOString(),
      limitMb: toMb(limitBytes),
      budgetMb: toMb(limitBytes * this.options.pressure.critical),
      reservedMb: toMb(this.ledger.reservedBytes),
      requests: this.requestFacts(),
      jobs: this.jobFacts(),
    });
  }

  private read(thresholds: ShareThresholds): Required<ShareThresholds> {
    return readThresholds(thresholds, this.options.pressure, MemoryBudgetHealthIndicator.name);
  }

  private requestFacts() {
    const { held, waiting, waitedMs } = this.requests.counters;
    return { held, waiting, waitedMs, refused: this.requests.refused };
  }

  private jobFacts() {
    const { held, waitedMs, putOff } = this.jobs.counters;
    return { held, waiting: this.ledger.waiting.job, waitedMs: Math.round(waitedMs), putOff };
  }
}
