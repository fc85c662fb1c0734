import type { OptionReader } from './option-reader.js';

/**
 * How running jobs end when the app closes. The times together must be shorter than what the supervisor grants before
 * it kills: 30 s on Kubernetes (`terminationGracePeriodSeconds`), 90 s under systemd (`TimeoutStopSec`), 10 s in Docker
 * (`docker stop --time`, `stop_grace_period` in Compose), 1.6 s under PM2 (`kill_timeout`).
 *
 * @publicApi
 */
export interface DrainOptions {
  /**
   * Milliseconds that running jobs have to end by themselves. A second signal cuts it short.
   *
   * @default 20000
   * Minimum: `0`, maximum: `86400000`.
   */
  timeoutMs?: number;
  /**
   * Milliseconds that they have after their AbortSignal, before they are handed back while they run. A third signal
   * cuts it short.
   *
   * @default 5000
   * Minimum: `0`, maximum: `3600000`.
   */
  graceMs?: number;
  /**
   * Milliseconds that HTTP is served at least after readiness has gone down, for load balancers to notice: some
   * seconds where one probes readiness. Jobs end meanwhile.
   *
   * @default 0
   * Minimum: `0`, maximum: `600000`.
   */
  readinessDelayMs?: number;
}

export interface ResolvedDrainOptions {
  readonly timeoutMs: number;
  readonly graceMs: number;
  readonly readinessDelayMs: number;
}

export function readDrainOptions(read: OptionReader): ResolvedDrainOptions | false {
  const isOff = read.switchedOff('drain');
  const times = {
    timeoutMs: read.number('drain.timeoutMs', { min: 0, max: 86_400_000 }, 20_000),
    graceMs: read.number('drain.graceMs', { min: 0, max: 3_600_000 }, 5000),
    readinessDelayMs: read.number('drain.readinessDelayMs', { min: 0, max: 600_000 }, 0),
  };
  return isOff ? false : times;
}
