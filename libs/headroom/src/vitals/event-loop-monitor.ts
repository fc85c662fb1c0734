import { monitorEventLoopDelay, performance, type EventLoopUtilization } from 'node:perf_hooks';

import type { EventLoopWindow } from './vitals-sample.js';

const NS_PER_MS = 1e6;
/** Of so few values the 99th percentile is the largest: the histogram takes value number 0.99 n + 0.5, rounded down. */
const MAX_IS_P99_UP_TO = 50;

/**
 * Measures how late and how busy the event loop is, window by window.
 *
 * Interval mode of the histogram on purpose: `samplePerIteration` (Node 24.21) missed blocks inside fs, crypto
 * and zlib callbacks.
 */
export class EventLoopMonitor {
  private readonly histogram;
  private utilization: EventLoopUtilization = performance.eventLoopUtilization();

  constructor(private readonly resolutionMs: number) {
    this.histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  }

  start(): void {
    this.histogram.enable();
    this.utilization = performance.eventLoopUtilization();
  }

  stop(): void {
    this.histogram.disable();
  }

  /** The window since the last call. */
  read(): EventLoopWindow {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.utilization);
    this.utilization = now;
    const { histogram } = this;
    const { max, count } = histogram;
    // To go through its buckets is what costs most here, and a window of a quarter of a second has 25 values.
    const p99 = count > MAX_IS_P99_UP_TO ? histogram.percentile(99) : max;
    const window = { maxDelayMs: this.delayMs(max), p99DelayMs: this.delayMs(p99), utilization };
    histogram.reset();
    return window;
  }

  /** The histogram records whole timer periods: the resolution is no delay. */
  private delayMs(recordedNs: number): number {
    return this.histogram.count === 0 ? 0 : Math.max(0, recordedNs / NS_PER_MS - this.resolutionMs);
  }
}
