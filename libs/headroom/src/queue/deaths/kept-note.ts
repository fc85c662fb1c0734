import type { IQueueBackend, Job } from 'bullmq';

import { lockOf, note, readLatestDeaths } from './death-notes.js';

/**
 * Keeps known that a job runs, where it pushes the note of that out of its own log: with the option `keepLogs`, which
 * keeps the last lines, or by `clearLogs()`. Never lets the job's own call fail.
 */
export function keepNoted(job: Job, backend: IQueueBackend): void {
  const { keepLogs } = job.opts;
  const log = job.log.bind(job);
  const clearLogs = job.clearLogs.bind(job);
  let lines = 0;
  if (keepLogs)
    job.log = async (row) => {
      const isDue = ++lines % Math.max(1, keepLogs - 1) === 0;
      const keep = isDue ? await noteOf(job, backend) : undefined;
      const count = await log(row);
      await keep?.();
      return count;
    };
  job.clearLogs = async (lastLines) => {
    const keep = await noteOf(job, backend);
    await clearLogs(lastLines);
    await keep?.();
  };
}

/** What is known now, to be written when it is gone from the log; nothing of a run that is known to be over. */
async function noteOf(job: Job, backend: IQueueBackend): Promise<(() => Promise<boolean>) | undefined> {
  const lock = lockOf(job);
  try {
    const { unheardOf } = await readLatestDeaths(job.id!, backend);
    if (!unheardOf.includes(lock)) return undefined;
    const others = unheardOf.filter((other) => other < lock);
    return async () => note(job.id!, backend, { kind: 'runs', lock, unheardOf: others });
  } catch {
    return undefined;
  }
}
