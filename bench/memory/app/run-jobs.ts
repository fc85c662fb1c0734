import type { Worker } from 'bullmq';

/** Runs the worker until `count` jobs are completed and none is running. Milliseconds to the last completion. */
export async function runJobs(worker: Worker, count: number): Promise<number> {
  const startedAt = performance.now();
  const completed = new Set<string>();
  const tookMs = await new Promise<number>((resolve, reject) => {
    worker.on('completed', ({ id }) => {
      completed.add(id!);
      if (completed.size === count) resolve(performance.now() - startedAt);
    });
    worker.on('failed', (_job, error) => reject(error));
    worker.run().catch(reject);
  });
  await worker.close();
  return tookMs;
}
