import type { HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';

import type { ResilienceMode } from '../resilience-options.js';

/** @publicApi */
export interface ShareThresholds {
  /**
   * Share of the limit, 0 to 1, from which the check is `degraded` (HTTP 200).
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

export type HealthStatus = 'up' | 'degraded' | 'down';

export function statusOf(share: number, { degradedAt, downAt }: Required<ShareThresholds>): HealthStatus {
  if (share >= downAt) return 'down';
  return share >= degradedAt ? 'degraded' : 'up';
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
