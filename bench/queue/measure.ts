import { type Child, startChild } from '../support/child.js';
import { emptyQueues } from '../support/empty-queues.js';
import { type Latency, startProbe } from '../support/probe.js';
import { JOB_MS } from './cells.js';
import { fillQueues } from './job-source.js';
import type { Output, Setup } from './setup.js';

export type Measurement = Output & Latency;

type WorkerApp = Child<{ url: string }>;

/**
 * One contestant, one cell, once.
 *
 * Jobs that block are timed a second time without the probe: who lets its requests wait until the jobs are done
 * answers them after the clock has stopped, and would look the faster for it.
 */
export async function measure(setup: Setup): Promise<Measurement> {
  const probed = await inProcess(setup, runProbed);
  return JOB_MS[setup.cell.kind] === 0 ? probed : { ...probed, ...(await inProcess(setup, run)) };
}

async function run(app: WorkerApp): Promise<Output> {
  return app.ask('run');
}

async function runProbed(app: WorkerApp): Promise<Measurement> {
  const probe = await startProbe(app.ready.url);
  const { result, latency } = await probe.during(() => run(app));
  await probe.stop();
  return { ...result, ...latency };
}

/** In a process of its own, that is warm and has full queues. */
async function inProcess<Result>(setup: Setup, work: (app: WorkerApp) => Promise<Result>): Promise<Result> {
  const { redisPort, cell } = setup;
  await emptyQueues(redisPort);
  await fillQueues(redisPort, cell.shape, cell.warmUp, { isEmpty: true });
  const app: WorkerApp = await startChild(new URL('./worker-process.js', import.meta.url), setup);
  await app.ask('warmUp');
  await fillQueues(redisPort, cell.shape, cell.jobs, { isEmpty: false });
  const result = await work(app);
  await app.stop();
  return result;
}
