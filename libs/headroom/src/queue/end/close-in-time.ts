import { setTimeout as wait } from 'node:timers/promises';

import type { RunningJobs } from '../worker/running-jobs.js';

/** From when on no job runs. A backend that answers needs some milliseconds. */
const CLOSE_WITHIN_MS = 5000;

/**
 * Whether a worker closes in time. Its connection may be lost: then BullMQ waits until it is back.
 *
 * @param jobs what it waits for as long as it takes, unless it closes by force
 */
export async function closedInTime(closing: Promise<void>, jobs: RunningJobs | undefined): Promise<boolean> {
  const settled = new AbortController();
  const late = async (): Promise<false> => {
    await jobs?.empty();
    await wait(CLOSE_WITHIN_MS, undefined, { signal: settled.signal }).catch(() => undefined);
    return false;
  };
  try {
    return await Promise.race([closing.then(() => true), late()]);
  } finally {
    settled.abort();
  }
}
