import type { Worker } from 'bullmq';

/** What BullMQ takes where none is given. */
const DEFAULT_LOCK_MS = 30_000;

/** How long the lock of a job lasts. */
export function lockMsOf({ opts }: Worker): number {
  return opts.lockDuration ?? DEFAULT_LOCK_MS;
}

/**
 * How long a job can be held and still surely have its lock, should it not be renewed: locks are renewed before
 * `lockRenewTime` has passed.
 */
export function safeHoldMsOf(worker: Worker): number {
  const lockMs = lockMsOf(worker);
  const { lockRenewTime = lockMs / 2 } = worker.opts;
  return lockMs - lockRenewTime;
}
