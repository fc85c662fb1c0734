import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';

import { RESILIENCE_OPTIONS } from '../resilience-options.js';
import type { ResolvedResilienceOptions } from '../resilience-options.js';
import { toMb } from '../units/index.js';
import { VitalsService } from '../vitals/index.js';
import { answer, observed, readThresholds, roundShare, type ShareThresholds } from './health-status.js';
import { heapStatus } from './heap-status.js';

/**
 * The JavaScript heap against V8's ceiling (`heap_size_limit`), at which the process aborts. Not against
 * `heapTotal`, which follows the heap and is always nearly full. `degraded` by what is used; `down` by what survived
 * the last major collection (`survivedMb`, known from 60 % on), for the rest may be garbage.
 *
 * @publicApi
 */
@Injectable()
export class HeapHealthIndicator {
  constructor(
    @Inject(RESILIENCE_OPTIONS) private readonly options: ResolvedResilienceOptions,
    private readonly vitals: VitalsService,
    private readonly indicators: HealthIndicatorService,
  ) {}

  /**
   * Reads the last sample.
   *
   * @param key name of the check in the answer
   * @throws {InvalidOptionsError} when a threshold is not a share
   */
  check<Key extends string>(key: Key, thresholds: ShareThresholds = {}): HealthIndicatorResult<Key> {
    const { last } = this.vitals;
    const { heapUsedBytes, heapCeilingBytes, heapSurvivors } = last;
    const judged = readThresholds(thresholds, this.options.pressure, HeapHealthIndicator.name);
    const status = observed(heapStatus(last, judged), this.options.mode);
    return answer(this.indicators.check(key), status, {
      usedMb: toMb(heapUsedBytes),
      ceilingMb: toMb(heapCeilingBytes),
      share: roundShare(heapUsedBytes / heapCeilingBytes),
      ...(heapSurvivors && { survivedMb: toMb(heapSurvivors.bytes) }),
    });
  }
}
