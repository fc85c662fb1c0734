import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';

import { OptionReader } from '../options/option-reader.js';
import { RESILIENCE_OPTIONS } from '../resilience-options.js';
import type { ResolvedResilienceOptions } from '../resilience-options.js';
import { EventLoopStalls, labelOf, VitalsService } from '../vitals/index.js';
import { answer, observed, placeOf, roundShare, statusOf } from './health-status.js';

/** The time after which a Kubernetes probe gives up, `timeoutSeconds: 1`. */
const DEFAULT_MAX_DELAY_MS = 1000;
const TELL_STALL_FOR_MS = 60_000;
const MAX_NAMED = 5;

/** @publicApi */
export interface EventLoopCheckOptions {
  /**
   * Delay in milliseconds that counts as a full limit: `down` from `pressure.critical` of it, `degraded` from
   * `pressure.elevated`.
   *
   * @default the module's `pressure.maxEventLoopDelayMs`, or 1000 where that is off; at least 1
   */
  maxDelayMs?: number;
}

/**
 * The longest event-loop delay of the last sampling window. Utilisation is told and not judged: busy is not
 * late. So is the last stall, for a minute: it is over.
 *
 * @publicApi
 */
@Injectable()
export class EventLoopHealthIndicator {
  constructor(
    @Inject(RESILIENCE_OPTIONS) private readonly options: ResolvedResilienceOptions,
    private readonly vitals: VitalsService,
    private readonly stalls: EventLoopStalls,
    private readonly indicators: HealthIndicatorService,
  ) {}

  /**
   * Reads the last sample.
   *
   * @param key name of the check in the answer
   * @throws {InvalidOptionsError} when `maxDelayMs` is not a number of at least 1
   */
  check<Key extends string>(key: Key, options: EventLoopCheckOptions = {}): HealthIndicatorResult<Key> {
    const { elevated: degradedAt, critical: downAt } = this.options.pressure;
    const { eventLoop } = this.vitals.last;
    const read = new OptionReader(options);
    const maxDelayMs = read.number('maxDelayMs', { min: 1 }, this.defaultMaxDelayMs);
    read.finish(placeOf(EventLoopHealthIndicator.name));
    const status = observed(
      statusOf(eventLoop.maxDelayMs / maxDelayMs, { degradedAt, downAt }),
      this.options.mode,
    );
    return answer(this.indicators.check(key), status, {
      maxDelayMs: Math.round(eventLoop.maxDelayMs),
      p99DelayMs: Math.round(eventLoop.p99DelayMs),
      limitMs: maxDelayMs,
      utilization: roundShare(eventLoop.utilization),
      ...this.lastStall(),
    });
  }

  private lastStall() {
    const { last } = this.stalls;
    // Either way: a clock that was set back must not tell of it for hours.
    if (!last || Math.abs(Date.now() - last.at) > TELL_STALL_FOR_MS) return {};
    const { at, durationMs, certainty, by } = last;
    return {
      lastStall: {
        at: new Date(at).toISOString(),
        durationMs: Math.round(durationMs),
        certainty,
        by: by.slice(0, MAX_NAMED).map(labelOf),
      },
    };
  }

  private get defaultMaxDelayMs(): number {
    return this.options.pressure.maxEventLoopDelayMs || DEFAULT_MAX_DELAY_MS;
  }
}
