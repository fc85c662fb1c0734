import type { Worker } from 'bullmq';

import type { Cell } from './cells.js';
import type { Output } from './setup.js';

/** Runs the workers, and takes the time from the end of the warm-up to the begin of the cool-down. */
export async function timeJobs(
  workers: readonly Worker[],
  { jobs, warmUp, coolDown }: Cell,
): Promise<Output> {
  let completed = 0;
  let startedAt = performance.now();
  let cpuBefore = process.cpuUsage();
  return new Promise((resolve, reject) => {
    const count = (): void => {
      completed++;
      if (completed === warmUp) {
        startedAt = performance.now();
        cpuBefore = process.cpuUsage();
      }
      if (completed === jobs - coolDown)
        resolve(summarize(jobs - coolDown - warmUp, performance.now() - startedAt, cpuBefore));
    };
    for (const worker of workers) {
      worker.on('completed', count);
      worker.on('failed', (_job, error) => reject(error));
      worker.run().catch(reject);
    }
  });
}

function summarize(jobs: number, tookMs: number, cpuBefore: NodeJS.CpuUsage): Output {
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    jobsPerSecond: (jobs / tookMs) * 1000,
    cpuMicrosPerJob: (user + system) / jobs,
    rssMb: process.memoryUsage.rss() / 2 ** 20,
  };
}
