import type { IQueueBackend, Job } from 'bullmq';
import { setTimeout as wait } from 'node:timers/promises';

import { countDeaths, type DeathCount } from './death-count.js';
import { NOTE, type Note, textOf } from './notes.js';

/** Lines read at once: a job may have written many of its own between ours. */
const PAGE = 1000;
/** BullMQ on PostgreSQL: of two lines that are written to a log at the same time, one fails. */
const TRIES = 4;
const TRY_AGAIN_WITHIN_MS = 20;
/** BullMQ's error code for a job that is gone. */
const NO_SUCH_JOB = -1;

/** The lock that a job has now, or had when it was read: its first, its second... */
export function lockOf({ stalledCounter }: Job): number {
  return stalledCounter + 1;
}

/**
 * What is known of a job's deaths.
 *
 * @param stalledCounter how often its lock was lost: `Infinity` where that is not known
 * @throws when the backend does not answer
 */
export async function readDeaths(
  id: string,
  stalledCounter: number,
  backend: IQueueBackend,
): Promise<DeathCount> {
  const notes: string[] = [];
  for (let [from, count] = [0, 1]; from < count; from += PAGE) {
    const page = await backend.getJobLogs(id, from, from + PAGE - 1, true);
    count = page.count;
    notes.push(...page.logs.filter((line) => line.startsWith(NOTE)));
  }
  return countDeaths(stalledCounter, notes);
}

/** The same of a job that runs on without its lock: what it may be accused of stands at the end. */
export async function readLatestDeaths(id: string, backend: IQueueBackend): Promise<DeathCount> {
  const { logs } = await backend.getJobLogs(id, 0, PAGE - 1, false);
  return countDeaths(Infinity, logs.toReversed());
}

/** Keeps a note with a job. Never rejects. Returns whether it is kept. */
export async function note(id: string, backend: IQueueBackend, what: Note): Promise<boolean> {
  const line = `${textOf(what)} (pid ${process.pid}, ${new Date().toISOString()})`;
  for (let left = TRIES; left > 0; left--) {
    try {
      await backend.addLog(id, line);
      return true;
    } catch (error) {
      // The note is lost, the job is not: a death is counted that was none, or one that was is not.
      if ((error as { code?: unknown }).code === NO_SUCH_JOB) return false;
      await wait(Math.random() * TRY_AGAIN_WITHIN_MS, undefined, { ref: false });
    }
  }
  return false;
}

/** What a job fails with that keeps killing processes. */
export function describePoison(job: string, deaths: number): string {
  return (
    `${job} was running when its process died, ${deaths} times: it fails for good and is not started again, so that ` +
    `it cannot kill the next one. Look for its last "task start" line and for what the kernel or V8 said then; ` +
    `give it more memory, declare what it takes with @MemoryCost(), or split it. Then retry it by hand.`
  );
}
