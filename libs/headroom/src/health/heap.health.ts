import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';

import { RESILIENCE_OPTIONS } from '../resilience-options.js';
import type { ResolvedResilienceOptions } from '../resilience-options.js';
import { toMb } from '../units/index.js';
import { VitalsService } from '../vitals/index.js';
import { answer, observed, roundShare, type ShareThresholds, statusOf } from './health-status.js';

/**
 * The JavaScript heap against V8's ceiling (`heap_size_limit`), at which the process aborts. Not against
 * `heapTotal`, which follows the heap and is always nearly full.
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

  /** Reads the last sample. @param key name of the check in the answer */
  check<Key extends string>(key: Key, thresholds: ShareThresholds = {}): HealthIndicatorResult<Key> {
    const { elevated: degradedAt, critical: downAt } = this.options.pressure;
    const { heapUsedBytes, heapCeilingBytes } = this.vitals.last;
    const share = heapUsedBytes / heapCeilingBytes;
    const status = observed(statusOf(share, { degradedAt, downAt, ...thresholds }), this.options.mode);
    return answer(this.indicators.check(key), status, {
      usedMb: toMb(heapUsedBytes),
      ceilingMb: toMb(heapCeilingBytes),
      share: roundShare(share),
    });
  }
}
