import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';

import { AppLifecycle } from '../lifecycle/index.js';
import { answer } from './health-status.js';

/**
 * `down` while the app warms up, and as soon as a shutdown has begun, though requests are answered: whoever sends them is
 * to wait, or to stop. For readiness, never for liveness.
 *
 * @publicApi
 */
@Injectable()
export class ReadinessHealthIndicator {
  constructor(
    private readonly lifecycle: AppLifecycle,
    private readonly indicators: HealthIndicatorService,
  ) {}

  /** Reads a field. @param key name of the check in the answer */
  check<Key extends string>(key: Key): HealthIndicatorResult<Key> {
    const { phase, notReadyBecause } = this.lifecycle;
    return answer(this.indicators.check(key), notReadyBecause ? 'down' : 'up', {
      phase,
      ...(notReadyBecause && { reason: notReadyBecause }),
    });
  }
}
