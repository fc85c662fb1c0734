import { heapSignal } from '../pressure/index.js';
import type { VitalsSample } from '../vitals/index.js';
import type { HealthStatus, ShareThresholds } from './health-status.js';

/**
 * The heap is `down` by what survives a major collection, as it is critical for the pressure: one that is full of garbage is
 * `degraded`, for the next collection empties it.
 */
export function heapStatus(
  sample: VitalsSample,
  { degradedAt, downAt }: Required<ShareThresholds>,
): HealthStatus {
  const survived = heapSignal(sample, 0).score;
  if (survived >= downAt) return 'down';
  const share = sample.heapUsedBytes / sample.heapCeilingBytes;
  return Math.max(share, survived) >= Math.min(degradedAt, downAt) ? 'degraded' : 'up';
}
