import type { Job } from 'bullmq';

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

/** Lets go of a job whose lock another worker may have: nothing is moved. */
export function leave(): never {
  throw new bullMq!.WaitingError('its lock was lost while it was held');
}
