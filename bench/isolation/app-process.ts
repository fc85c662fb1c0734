/** The app whose tasks run somewhere else, or in it: one per contestant, the same but for what is compared. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';

import { readSetup, serveParent } from '../support/serve-parent.js';
import { spreadOf } from '../support/statistics.js';
import { idleMemory, memoryOf } from './idle-memory.js';
import { startRunner } from './runners/index.js';
import type { Output, Setup } from './setup.js';

const RESOLUTION_MS = 5;
const EMPTY_TASKS = 5;
const IDLE_MS = 500;

const setup = readSetup() as Setup;
const runner = await startRunner(setup);

async function measure(): Promise<Output> {
  const { rssMb: rssBeforeMb } = memoryOf(process.pid);
  const empty: number[] = [];
  for (let task = 0; task <= EMPTY_TASKS; task++) empty.push(await timeOf(runOne(true)));
  const [firstMs, ...next] = empty;
  await lanes(() => runOne(true), setup.concurrency);
  const idle = await lateness(async () => delay(IDLE_MS));
  const loop = await lateness(() => lanes(() => runOne(false), setup.tasks));
  return {
    firstMs: firstMs!,
    nextMs: spreadOf(next).median,
    tasksPerSecond: (setup.tasks / loop.tookMs) * 1000,
    loopP99Ms: loop.p99Ms,
    loopMaxMs: loop.maxMs,
    idleP99Ms: idle.p99Ms,
    ...(await idleMemory(setup, rssBeforeMb)),
  };
}

async function runOne(isEmpty: boolean): Promise<unknown> {
  return runner.run({ isEmpty });
}

async function lanes(start: () => Promise<unknown>, count: number): Promise<unknown> {
  return Promise.all(Array.from({ length: count }, start));
}

async function timeOf(work: Promise<unknown>): Promise<number> {
  const since = performance.now();
  await work;
  return performance.now() - since;
}

/** How late this process's loop is while something else works. */
async function lateness(
  work: () => Promise<unknown>,
): Promise<{ readonly tookMs: number; readonly p99Ms: number; readonly maxMs: number }> {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  const tookMs = await timeOf(work());
  histogram.disable();
  // It holds whole periods of its timer: the period is no delay.
  const delayMs = (ns: number): number => Math.max(0, ns / 1e6 - RESOLUTION_MS);
  return { tookMs, p99Ms: delayMs(histogram.percentile(99)), maxMs: delayMs(histogram.max) };
}

serveParent({}, { measure });
