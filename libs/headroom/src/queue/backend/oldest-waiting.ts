import type { IQueueBackend, JobJson, JobType } from 'bullmq';

const LINE: JobType[] = ['waiting'];
/** Priorities in use that are looked at, the most urgent first. */
const MAX_PRIORITIES = 10;

interface WaitingCounts {
  readonly inLine: number;
  readonly prioritized: number;
}

/** Since when the oldest waiting job waits, milliseconds since the epoch. */
export async function oldestWaitingSince(
  backend: IQueueBackend,
  { inLine, prioritized }: WaitingCounts,
): Promise<number | undefined> {
  const found = await Promise.all([
    inLine > 0 ? atTheEnds(backend, inLine) : [],
    prioritized > 0 ? firstOfEachPriority(backend, prioritized) : [],
  ]);
  const times = found.flat().map(waitingSince).filter(Number.isFinite);
  return times.length > 0 ? Math.min(...times) : undefined;
}

/**
 * A line is first in, first out, but jobs that were added with `lifo` stand the other way round. So both ends.
 * NOTE: Redis counts from the oldest when asked to ascend; PostgreSQL counts from the newest, whatever is asked.
 */
async function atTheEnds(backend: IQueueBackend, length: number): Promise<JobJson[]> {
  const last = length - 1;
  const ends = (await Promise.all([
    backend.getRanges(LINE, 0, 0, true),
    backend.getRanges(LINE, 0, 0, false),
    backend.getRanges(LINE, last, last, false),
  ])) as string[][][];
  const ids = [...new Set(ends.flat(2))];
  const jobs = await Promise.all(ids.map((id) => backend.getJobData(id)));
  return jobs.filter((job) => job !== undefined);
}

/** Jobs of one priority are first in, first out; those of a low priority may wait for ever behind the others. */
async function firstOfEachPriority(backend: IQueueBackend, count: number): Promise<JobJson[]> {
  const firsts: JobJson[] = [];
  for (let index = 0; index < count && firsts.length < MAX_PRIORITIES;) {
    const [[id] = []] = (await backend.getRanges(['prioritized'], index, index, true)) as string[][];
    const job = id === undefined ? undefined : await backend.getJobData(id);
    if (!job) break;
    firsts.push(job);
    const [ofSamePriority = 0] = await backend.getCountsPerPriority([job.priority ?? 0]);
    index += Math.max(1, ofSamePriority);
  }
  return firsts;
}

/** A job that has failed before is as old as its last attempt: nothing tells when its backoff was over. */
export function waitingSince({ timestamp, opts, attemptsMade, processedOn }: JobJson): number {
  if (attemptsMade > 0 && processedOn !== undefined) return processedOn;
  return timestamp + (opts.delay ?? 0);
}
