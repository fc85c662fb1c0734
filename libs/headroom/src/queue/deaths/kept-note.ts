import type { Job } from 'bullmq';

/**
 * Writes a note again where a job pushes it out of its own log: with the option `keepLogs`, which keeps the last lines,
 * or by `clearLogs()`. Never lets the job's own call fail.
 */
export function keepNoted(job: Job, write: () => Promise<unknown>): void {
  const { keepLogs } = job.opts;
  const log = job.log.bind(job);
  const clearLogs = job.clearLogs.bind(job);
  let lines = 0;
  if (keepLogs)
    job.log = async (row) => {
      const count = await log(row);
      if (++lines % Math.max(1, keepLogs - 1) === 0) await write();
      return count;
    };
  job.clearLogs = async (keep) => {
    await clearLogs(keep);
    await write();
  };
}
