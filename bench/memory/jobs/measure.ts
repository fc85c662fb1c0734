import { JobLedger } from '../app/job-ledger.js';
import type { JobsSetup } from '../app/setup.js';
import type { Ending } from '../run/ending.js';
import { LimitedApp } from '../run/limited-app.js';
import { fillQueue } from './job-source.js';

const TIMEOUT_MS = 90_000;

export interface JobsRound extends Ending {
  readonly doneOnce: number;
  readonly doneTwice: number;
  readonly notDone: number;
  /** From the start of the worker to the last job's end; `undefined` when not all came to one. */
  readonly seconds: number | undefined;
}

/** All jobs once through an app of its own. */
export async function measure(jobs: JobsSetup, hasHeadroom: boolean, isLogged: boolean): Promise<JobsRound> {
  await fillQueue(jobs.redisPort, jobs.count);
  const ledger = new JobLedger(jobs.redisPort);
  try {
    const app = await LimitedApp.start({ platform: 'express', hasHeadroom, jobs }, isLogged);
    const tookMs = await app.ask<number>('runJobs', TIMEOUT_MS);
    const ending = await app.finish();
    return { ...ending, ...tally(await ledger.counts(), jobs.count), seconds: tookMs && tookMs / 1000 };
  } finally {
    await ledger.close();
  }
}

function tally(
  counts: readonly number[],
  jobs: number,
): Pick<JobsRound, 'doneOnce' | 'doneTwice' | 'notDone'> {
  const doneOnce = counts.filter((count) => count === 1).length;
  return { doneOnce, doneTwice: counts.length - doneOnce, notDone: jobs - counts.length };
}
