import { MAX_TIMER_MS } from './bounds.js';
import type { OptionReader } from './option-reader.js';

/** @publicApi */
export interface VitalsOptions {
  /**
   * Milliseconds between two samples. A sample costs some tens of microseconds.
   *
   * @default 250
   * Minimum: `50`, maximum: `10000`.
   */
  sampleIntervalMs?: number;
  /**
   * Milliseconds between two vitals lines in the log; `false` writes none. The timer is the interval
   * `headroom:vitals` in the `SchedulerRegistry` of `@nestjs/schedule`.
   *
   * @default 300000
   * Minimum: `1000`.
   */
  logIntervalMs?: number | false;
  /**
   * Resolution in milliseconds of the event-loop delay histogram; finer costs more idle CPU
   * (measured: 20 ms costs 0.2 % of one core).
   *
   * @default 20
   * Minimum: `1`, maximum: `1000`.
   */
  eventLoopResolutionMs?: number;
}

export interface ResolvedVitalsOptions {
  readonly sampleIntervalMs: number;
  readonly logIntervalMs: number | false;
  readonly eventLoopResolutionMs: number;
}

export function readVitalsOptions(read: OptionReader): ResolvedVitalsOptions {
  return {
    sampleIntervalMs: read.number('vitals.sampleIntervalMs', { min: 50, max: 10_000 }, 250),
    logIntervalMs: read.numberOrFalse('vitals.logIntervalMs', { min: 1000, max: MAX_TIMER_MS }, 300_000),
    eventLoopResolutionMs: read.integer('vitals.eventLoopResolutionMs', { min: 1, max: 1000 }, 20),
  };
}
