import type { IQueueBackend, Job } from 'bullmq';

import { condemnedNote, countDeaths, type DeathCount, NOTE, NOTES } from './death-count.js';

/** Lines read at once: a job may have written many of its own between ours. */
const PAGE = 1000;

/** What is known of a job's deaths. @throws when the backend does not answer */
export async function readDeaths(job: Job, backend: IQueueBackend): Promise<DeathCount> {
  const notes: string[] = [];
  for (let [from, count] = [0, 1]; from < count; from += PAGE) {
    const page = await backend.getJobLogs(job.id!, from, from + PAGE - 1, true);
    count = page.count;
    notes.push(...page.logs.filter((line) => line.startsWith(NOTE)));
  }
  return countDeaths(job.stalledCounter, notes);
}

/** Notes with the job that its process has not died, though its lock ran out. Never rejects. */
export async function noteSurvival(id: string, backend: IQueueBackend, hasRun: boolean): Promise<void> {
  await note(id, backend, hasRun ? NOTES.lostRunning : NOTES.lostIdle);
}

/** Notes with a job that has lost its lock before that it ends here, and not by a death. Never rejects. */
export async function noteEnd(id: string, backend: IQueueBackend): Promise<void> {
  await note(id, backend, NOTES.ended);
}

/** Notes with a job that has lost its lock before that it starts, before it does. Never rejects. */
export async function noteStart(
  id: string,
  backend: IQueueBackend,
  deaths: number,
  maxDeaths: number,
): Promise<void> {
  const why = deaths > 0 ? `, alone: its process died while it ran (${deaths} of ${maxDeaths})` : '';
  await note(id, backend, NOTES.started + why);
}

/** Notes with a job that it will fail, so that a process that lives can contradict. Never rejects. */
export async function noteAccusation(
  id: string,
  backend: IQueueBackend,
  deaths: number,
  graceMs: number,
): Promise<void> {
  const unless = `${deaths} processes died while they ran it, unless one of them says within ${graceMs}ms that it lives`;
  await note(id, backend, `${NOTES.accused}: ${unless}`);
}

/** Notes with a job that it fails now, so that it is not blamed for the same when it is retried by hand. Never rejects. */
export async function noteVerdict({ id, stalledCounter }: Job, backend: IQueueBackend): Promise<void> {
  await note(id!, backend, condemnedNote(stalledCounter));
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
    await backend.addLog(id, `${line} (pid ${process.pid}, ${new Date().toISOString()})`);
  } catch {
    // The mark is lost, the job is not: at worst a death too many is counted.
  }
}
