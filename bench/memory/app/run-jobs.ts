import type { Worker } from 'bullmq';

/** Runs the worker until `count` jobs have completed or failed and none is running. Milliseconds to the last. */
export async function runJobs(worker: Worker, count: number): Promise<number> {
  const startedAt = performance.now();
  const settled = new Set<string>();
  const tookMs = await new Promise<number>((resolve, reject) => {
    const add = (id: string | undefined): void => {
      settled.add(id!);
      if (settled.size === count) resolve(performance.now() - startedAt);
    };
    worker.on('completed', ({ id }) => add(id));
    worker.on('failed', (job) => add(job?.id));
    worker.run().catch(reject);
  });
  await worker.close();
  return tookMs;
}
