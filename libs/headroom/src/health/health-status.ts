import type { HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';

import { OptionReader } from '../options/option-reader.js';
import type { ResilienceMode } from '../resilience-options.js';

/** @publicApi */
export interface ShareThresholds {
  /**
   * Share of the limit, 0 to 1, from which the check is `degraded` (HTTP 200). Not above `downAt` where both are given.
   *
   * @default the module's `pressure.elevated`
   */
  degradedAt?: number;
  /**
   * Share of the limit, 0 to 1, from which the check is `down` (HTTP 503).
   *
   * @default the module's `pressure.critical`
   */
  downAt?: number;
}

const SHARE = { min: 0, max: 1 };

export type HealthStatus = 'up' | 'degraded' | 'down';

export function statusOf(share: number, { degradedAt, downAt }: Required<ShareThresholds>): HealthStatus {
  if (share >= downAt) return 'down';
  return share >= degradedAt ? 'degraded' : 'up';
}

/**
 * The shares to judge by, with the module's where none are given. NOTE: read by name: what is given as `undefined` is not
 * given.
 *
 * @throws {InvalidOptionsError} naming each wrong option, what was received and what is allowed
 */
export function readThresholds(
  given: ShareThresholds,
  { elevated, critical }: { readonly elevated: number; readonly critical: number },
  indicator: string,
): Required<ShareThresholds> {
  const read = new OptionReader(given);
  const thresholds = {
    degradedAt: read.number('degradedAt', SHARE, elevated),
    downAt: read.number('downAt', SHARE, critical),
  };
  const { degradedAt, downAt } = thresholds;
  if (given?.degradedAt !== undefined && given.downAt !== undefined && degradedAt > downAt)
    read.reject(
      'degradedAt',
      degradedAt,
      `a number up to downAt, which is ${downAt}: the check would never be degraded`,
    );
  read.finish(placeOf(indicator));
  return thresholds;
}

export function placeOf(indicator: string) {
  return { failure: `${indicator} cannot check`, advice: 'Correct the options given to check().' };
}

/** Two decimals: a share in a health answer is read by people. */
export function roundShare(share: number): number {
  return Math.round(share * 100) / 100;
}

/**
 * In `observe` mode nothing is done about pressure, and `down` would do something: a readiness probe takes the
 * process out of service. So it is `degraded`.
 */
export function observed(status: HealthStatus, mode: ResilienceMode): HealthStatus {
  return mode === 'observe' && status === 'down' ? 'degraded' : status;
}

/** What a check tells beside its status. */
type HealthData = Record<string, unknown> & { status?: never };

/** The answer of a check with the given status. */
export function answer<Key extends string>(
  session: ReturnType<typeof HealthIndicatorService.prototype.check<Key>>,
  status: HealthStatus,
  data: HealthData,
): HealthIndicatorResult<Key> {
  switch (status) {
    case 'up':
      return session.up(data);
    case 'degraded':
      return session.degraded(data);
    case 'down':
      return session.down(data);
    default:
      return status satisfies never;
  }
}
