import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';

import { RESILIENCE_OPTIONS } from '../resilience-options.js';
import type { ResolvedResilienceOptions } from '../resilience-options.js';
import { toMb } from '../units/index.js';
import { chargedRssBytes, isJudgedByAddressSpace, VitalsService } from '../vitals/index.js';
import {
  answer,
  observed,
  readThresholds,
  roundShare,
  type ShareThresholds,
  statusOf,
} from './health-status.js';

/**
 * The resident set size of this process against the tightest limit in force. Under a cgroup's limit `share`, by which it is
 * judged, leaves out pages of files that the kernel does not count (`usedMb` may be above the limit then); under `ulimit -v` it is that of
 * all that is mapped, `addressSpaceMb`.
 *
 * @publicApi
 */
@Injectable()
export class RssHealthIndicator {
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
    const { effective } = this.vitals.limits;
    const { last } = this.vitals;
    const share = chargedRssBytes(last, effective.bytes) / effective.bytes;
    const judged = readThresholds(thresholds, this.options.pressure, RssHealthIndicator.name);
    const status = observed(statusOf(share, judged), this.options.mode);
    return answer(this.indicators.check(key), status, {
      usedMb: toMb(last.rssBytes),
      limitMb: toMb(effective.bytes),
      limitSource: effective.source,
      share: roundShare(share),
      ...(isJudgedByAddressSpace(last, effective.bytes) && { addressSpaceMb: toMb(last.addressSpaceBytes!) }),
    });
  }
}
