import type { IQueueBackend, Job } from 'bullmq';

/** Lines that are kept with the job, in its log: every backend has one, and people see it. */
const SURVIVED = '[headroom] its lock was lost, but its process lives';
const RESTARTED = '[headroom] its process died while it ran';
const MAX_LINES = 1000;

/**
 * How many processes have died, as far as is known, while they ran this job. BullMQ counts how often a job's lock ran
 * out (`stalledCounter`), whatever the reason. A process that lives and finds a lock lost notes that with the job; and
 * each start after the first death is noted, so that a job which only waited when its process died is not blamed.
 */
export async function readDeaths(job: Job, backend: IQueueBackend): Promise<number> {
  const { logs } = await backend.getJobLogs(job.id!, 0, MAX_LINES, true);
  const survived = logs.filter((line) => line.startsWith(SURVIVED)).length;
  const restarted = logs.filter((line) => line.startsWith(RESTARTED)).length;
  return Math.max(0, Math.min(job.stalledCounter - survived, restarted + 1));
}

/** Notes with the job that its process has not died, though its lock ran out. Never rejects. */
export async function noteSurvival(id: string, backend: IQueueBackend): Promise<void> {
  await note(id, backend, `${SURVIVED} (${whereabouts()})`);
}

/** Notes with the job, before it starts, that it does so again. Never rejects. */
export async function noteRestart(
  job: Job,
  backend: IQueueBackend,
  deaths: number,
  maxDeaths: number,
): Promise<void> {
  await note(
    job.id!,
    backend,
    `${RESTARTED}, death ${deaths} of ${maxDeaths}: starts alone (${whereabouts()})`,
  );
}

/** What a job fails with that keeps killing processes. */
export function describePoison(job: string, deaths: number): string {
  return (
    `${job} was running when its process died, ${deaths} times: it fails for good and is not started again, so that ` +
    `it cannot kill the next one. Look for its last "task start" line and for what the kernel or V8 said then; ` +
    `give it more memory, declare what it takes with @MemoryCost(), or split it. Then retry it by hand.`
  );
}

async function note(id: string, backend: IQueueBackend, line: string): Promise<void> {
  try {
    await backend.addLog(id, line);
  } catch {
    // The mark is lost, the job is not: at worst a death too many is counted.
  }
}

function whereabouts(): string {
  return `pid ${process.pid}, ${new Date().toISOString()}`;
}
