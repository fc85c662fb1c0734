import type { Worker } from 'bullmq';

import type { Cell } from './cells.js';
import type { Lap } from './setup.js';

/** Runs the jobs that make the code warm, to the last, and pauses the workers. */
export async function warmUp(workers: readonly Worker[], { warmUp: jobs }: Cell): Promise<void> {
  const done = allDone(workers, jobs);
  await resume(workers);
  await done;
  await pause(workers);
}

/**
 * Runs full queues until they are empty, pauses the workers again, and takes the time of all of it: jobs of one worker are done in bunches, so
 * that a clock which stops between two of them counts more, or fewer, than have run.
 */
export async function timeLap(workers: readonly Worker[], jobs: number): Promise<Lap> {
  const done = allDone(workers, jobs);
  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  await resume(workers);
  await done;
  const tookMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  await pause(workers);
  return {
    jobsPerSecond: (jobs / tookMs) * 1000,
    cpuMicrosPerJob: (user + system) / jobs,
    rssMb: process.memoryUsage.rss() / 2 ** 20,
  };
}

async function pause(workers: readonly Worker[]): Promise<void> {
  await Promise.all(workers.map(async (worker) => worker.pause()));
}

async function resume(workers: readonly Worker[]): Promise<void> {
  await Promise.all(workers.map(async (worker) => worker.resume()));
}

async function allDone(workers: readonly Worker[], jobs: number): Promise<void> {
  let completed = 0;
  return new Promise((resolve, reject) => {
    const fail = (_job: unknown, error: Error): void => reject(error);
    const count = (): void => {
      if (++completed < jobs) return;
      for (const worker of workers) worker.off('completed', count).off('failed', fail);
      resolve();
    };
    for (const worker of workers) worker.on('completed', count).on('failed', fail);
  });
}
