import { monitorEventLoopDelay, performance, type EventLoopUtilization } from 'node:perf_hooks';

import type { EventLoopWindow } from './vitals-sample.js';

const NS_PER_MS = 1e6;

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
    const window = {
      maxDelayMs: this.delayMs(this.histogram.max),
      p99DelayMs: this.delayMs(this.histogram.percentile(99)),
      utilization,
    };
    this.histogram.reset();
    return window;
  }

  /** The histogram records whole timer periods: the resolution is no delay. */
  private delayMs(recordedNs: number): number {
    return this.histogram.count === 0 ? 0 : Math.max(0, recordedNs / NS_PER_MS - this.resolutionMs);
  }
}
