import type { Job, Worker } from 'bullmq';

import { bullMq } from './bullmq-package.js';

/**
 * Puts a job that has not started back into its queue, without burning an attempt. When the backend cannot be
 * reached the job stays active there; its lock runs out and BullMQ's stalled check returns it.
 *
 * @throws BullMQ's `WaitingError`, with which a worker lets go of a job
 */
export async function giveBack(job: Job, token: string): Promise<never> {
  try {
    await job.moveToWait(token);
  } catch (error) {
    throw new bullMq!.WaitingError(`not moved back, its lock will run out: ${String(error)}`);
  }
  throw new bullMq!.WaitingError();
}

/** A job that may not be started again (`maxStartedAttempts`) would fail at its next start: it runs here. */
export function mayGiveBack(job: Job, worker: Worker): boolean {
  const { maxStartedAttempts } = worker.opts;
  return !maxStartedAttempts || job.attemptsStarted < maxStartedAttempts;
}
