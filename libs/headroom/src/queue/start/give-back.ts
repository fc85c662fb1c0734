import type { IQueueBackend, Job, Worker } from 'bullmq';

import { bullMq } from '../worker/bullmq-package.js';

/** Spread, so that jobs that left together do not come back together. */
const PUT_OFF_MS = { least: 2000, most: 5000 } as const;

/** Errors with which a job goes back to its queue: no failure, and no attempt burnt. */
const RELEASING_ERRORS = ['DelayedError', 'WaitingError', 'WaitingChildrenError', 'RateLimitError'] as const;

/** BullMQ knows them by their class or their name. */
export function isReleasing(error: unknown): boolean {
  return (
    error instanceof Error &&
    RELEASING_ERRORS.some((name) => error.name === name || error instanceof bullMq![name])
  );
}

/** A job's own word that it must not be tried again; BullMQ knows it by its class or its name. */
export function isUnrecoverable(error: unknown): boolean {
  return (
    error instanceof Error &&
    (error instanceof bullMq!.UnrecoverableError || error.name === 'UnrecoverableError')
  );
}

/** Whether a job that has run may be started again: else it would fail at its next start. */
export function mayStartAgain(job: Job, { opts: { maxStartedAttempts } }: Worker): boolean {
  return !maxStartedAttempts || job.attemptsStarted < maxStartedAttempts;
}

/** Whether a job that has not run may go back: BullMQ has counted its start, and the starts of such a worker are few. */
export function mayGoBackUnstarted({ opts: { maxStartedAttempts } }: Worker): boolean {
  return !maxStartedAttempts;
}

/** Whether a job may wait in the queue for its time: there, one with its deduplication id would take its place. */
export function mayBeDelayed({ deduplicationId }: Job): boolean {
  return deduplicationId === undefined;
}

/**
 * Puts a job back to the front of its queue, without burning an attempt. When the backend cannot be reached the job
 * stays active there; its lock runs out and BullMQ's stalled check returns it.
 *
 * @throws BullMQ's `WaitingError`, with which a worker lets go of a job
 */
export async function giveBack(job: Job, token: string, backend: IQueueBackend): Promise<never> {
  try {
    await job.moveToWait(token);
  } catch (error) {
    throw new bullMq!.WaitingError(`not moved back, its lock will run out: ${String(error)}`);
  }
  if (movesToEnd(job, backend)) await moveToFront(job);
  throw new bullMq!.WaitingError();
}

/** Puts a job back to the front of its queue. Returns what its worker is to be told: BullMQ's `WaitingError`. */
export async function releaseOf(job: Job, token: string, backend: IQueueBackend): Promise<unknown> {
  return giveBack(job, token, backend).catch((released: unknown) => released);
}

/** BullMQ 6.7 on PostgreSQL moves a job without a priority to the end of its queue; on Redis it goes to the front. */
function movesToEnd({ priority }: Job, backend: IQueueBackend): boolean {
  const { PostgresQueueBackend: Postgres } = bullMq as Partial<NonNullable<typeof bullMq>>;
  return !priority && Postgres !== undefined && backend instanceof Postgres;
}

/** When another worker has taken the job meanwhile, this does nothing. Never rejects: the job is in its queue. */
async function moveToFront(job: Job): Promise<void> {
  await job.changePriority({ priority: 0, lifo: true }).catch(() => undefined);
}

/**
 * Lets a job that has not started come again later (in some seconds), to whichever worker is first then, without burning an
 * attempt. When that fails, the same holds as for {@link giveBack}.
 *
 * @throws BullMQ's `DelayedError`, with which a worker lets go of a job
 */
export async function putOff(job: Job, token: string, delayMs = someSeconds()): Promise<never> {
  try {
    await job.moveToDelayed(Date.now() + Math.round(delayMs), token);
  } catch (error) {
    throw new bullMq!.DelayedError(`not put off, its lock will run out: ${String(error)}`);
  }
  throw new bullMq!.DelayedError();
}

export function someSeconds(): number {
  return PUT_OFF_MS.least + Math.random() * (PUT_OFF_MS.most - PUT_OFF_MS.least);
}

/** Lets go of a job whose lock another worker may have: nothing is moved. */
export function leave(): never {
  throw new bullMq!.WaitingError('its lock was lost while it was held');
}

/** What a worker is told of a job that ends here though it was handed back meanwhile: nothing is moved. */
export function goneError(): Error {
  return new bullMq!.WaitingError('it was handed back while it ran');
}
