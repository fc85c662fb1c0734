import { type Child, startChild } from '../support/child.js';
import { emptyQueues } from '../support/empty-queues.js';
import { lapsInTurn, rotated } from '../support/laps.js';
import { type Latency, startProbe } from '../support/probe.js';
import { progress } from '../support/progress.js';
import { type Cell, titleOf } from './cells.js';
import { type Contestant, CONTESTANTS } from './contestants.js';
import { fillQueues } from './job-source.js';
import type { CellResult, Lap, Setup } from './setup.js';

/** A process that is warm, and whose workers are paused. */
interface WarmApp {
  readonly setup: Setup;
  readonly child: Child<{ url: string }>;
}

type PerContestant<T> = Record<Contestant, T[]>;

/**
 * Jobs per second, in laps: all contestants are up and warm, and one after the other does a lap of some jobs while the
 * others are paused. In each round another one is the first to start: it waits longest before its laps. After its laps
 * each does one more while an HTTP probe asks, which costs it some jobs.
 */
export async function race(cell: Cell, redisPort: number): Promise<CellResult> {
  const laps = perContestant<Lap>();
  const latencies = perContestant<Latency>();
  for (let round = 1; round <= cell.rounds; round++) {
    await emptyQueues(redisPort);
    const apps: WarmApp[] = [];
    for (const contestant of rotated(CONTESTANTS, round))
      apps.push(await startWarm({ contestant, cell, redisPort }));
    progress(`${titleOf(cell)}, round ${round} of ${cell.rounds}`);
    await lapsInTurn(apps, cell.laps, async (app) => {
      laps[app.setup.contestant].push(await runLap(app));
    });
    for (const app of apps) latencies[app.setup.contestant].push(await probeLatency(app));
    for (const { child } of apps) await child.stop();
  }
  return { cell, laps, latencies };
}

function perContestant<T>(): PerContestant<T> {
  return { plain: [], naive: [], 'least gate': [], headroom: [] };
}

/** How long an HTTP probe waits while jobs run. */
async function probeLatency({ setup, child }: WarmApp): Promise<Latency> {
  await fillQueues(setup, setup.cell.probedJobs);
  const probe = await startProbe(child.ready.url);
  const { latency } = await probe.during(() => child.ask('probedLap'));
  await probe.stop();
  return latency;
}

async function runLap({ setup, child }: WarmApp): Promise<Lap> {
  await fillQueues(setup, setup.cell.jobs);
  return child.ask('lap');
}

/**
 * The first lap counts for nothing: it pauses the workers and leaves their queues empty, and the first time of either makes
 * V8 throw away what it has compiled for workers that have not seen it.
 */
async function startWarm(setup: Setup): Promise<WarmApp> {
  const child: WarmApp['child'] = await startChild(new URL('./worker-process.js', import.meta.url), setup);
  await runLap({ setup, child });
  await fillQueues(setup, setup.cell.warmUp, setup.cell.warmUpFullEvery);
  await child.ask('warmUp');
  return { setup, child };
}
