import type { IQueueBackend, JobType } from 'bullmq';

import type { QueueBackendReport } from '../admission/index.js';
import { oldestWaitingSince } from './oldest-waiting.js';

// NOTE: PostgreSQL reports the jobs of a paused queue as `paused`, which BullMQ's types leave out.
const COUNTED = ['waiting', 'paused', 'prioritized', 'active', 'delayed', 'failed'] as JobType[];

/** Asks Redis or Postgres about the queue of one backend, in a few round trips. */
export async function askBackend(
  backend: IQueueBackend,
  clientLists: Promise<readonly string[] | undefined>,
): Promise<QueueBackendReport> {
  const [counts, lists] = await Promise.all([backend.getCounts(COUNTED), clientLists]);
  const [waiting = 0, paused = 0, prioritized = 0, active = 0, delayed = 0, failed = 0] = counts;
  const since = await oldestWaitingSince(backend, { inLine: waiting + paused, prioritized });
  return {
    waiting: waiting + paused + prioritized,
    active,
    delayed,
    failed,
    ageOfOldestWaitingMs: since === undefined ? null : Math.max(0, Date.now() - since),
    workersConnected: lists === undefined ? null : countWorkers(lists, backend.clientName()),
  };
}

/**
 * Counts as BullMQ's `Queue.getWorkersCount()` does: by the names of connections, and of a cluster the node that has
 * most. The one who asks is a worker: lists without any do not tell names.
 */
export function countWorkers(lists: readonly string[], clientName: string): number | null {
  const counts = lists.map((list) => {
    const names = Array.from(list.matchAll(/(?:^|\s)name=(\S*)/g), ([, name]) => name!);
    return names.filter((name) => name === clientName || name.startsWith(`${clientName}:w:`)).length;
  });
  return Math.max(0, ...counts) || null;
}
