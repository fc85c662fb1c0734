import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';

import { EventLoopMonitor } from './event-loop-monitor.js';

const BLOCK_MS = 80;

function block(): void {
  const until = performance.now() + BLOCK_MS;
  while (performance.now() < until);
}

/** The window of a loop that was blocked once, and of which the histogram took a value about every `resolutionMs`. */
async function windowOf(resolutionMs: number, lengthMs: number) {
  const monitor = new EventLoopMonitor(resolutionMs);
  monitor.start();
  // A block right after the start of a window is lost to the histogram.
  await wait(50);
  block();
  await wait(lengthMs);
  const window = monitor.read();
  monitor.stop();
  return window;
}

describe('EventLoopMonitor', () => {
  it('tells the longest delay of a short window as its p99 too', async () => {
    const { maxDelayMs, p99DelayMs } = await windowOf(10, 150);
    expect(maxDelayMs).toBeGreaterThan(BLOCK_MS / 2);
    expect(p99DelayMs).toBe(maxDelayMs);
  });

  it('leaves one delay out of the p99 of a window of hundreds', async () => {
    const { maxDelayMs, p99DelayMs } = await windowOf(1, 600);
    expect(maxDelayMs).toBeGreaterThan(BLOCK_MS / 2);
    expect(p99DelayMs).toBeLessThan(maxDelayMs);
  });

  it('has seen no delay in a window without any value', () => {
    const monitor = new EventLoopMonitor(10);
    expect(monitor.read()).toMatchObject({ maxDelayMs: 0, p99DelayMs: 0 });
  });
});
