import type { IQueueBackend, JobType } from 'bullmq';

import type { QueueBackendReport } from '../../admission/index.js';
import { oldestWaitingSince } from './oldest-waiting.js';

// NOTE: PostgreSQL reports the jobs of a paused queue as `paused`, which BullMQ's types leave out.
const COUNTED = ['waiting', 'paused', 'prioritized', 'active', 'delayed', 'failed'] as JobType[];

/**
 * Asks Redis or Postgres about the queue of one backend, in a few round trips.
 *
 * @param hasWorker whether a worker of this process is connected
 */
export async function askBackend(
  backend: IQueueBackend,
  clientLists: Promise<readonly string[] | undefined>,
  hasWorker: boolean,
): Promise<QueueBackendReport> {
  const [counts, isPaused, lists] = await Promise.all([
    backend.getCounts(COUNTED),
    backend.hasQueueMetaField('paused'),
    clientLists,
  ]);
  const [waiting = 0, paused = 0, prioritized = 0, active = 0, delayed = 0, failed = 0] = counts;
  const since = await oldestWaitingSince(backend, { inLine: waiting + paused, prioritized });
  return {
    paused: isPaused,
    waiting: waiting + paused + prioritized,
    active,
    delayed,
    failed,
    ageOfOldestWaitingMs: since === undefined ? null : Math.max(0, Date.now() - since),
    workersConnected: lists === undefined ? null : countWorkers(lists, backend.clientName(), hasWorker),
  };
}

/**
 * Counts as BullMQ's `Queue.getWorkersCount()` does: by the names of connections, and of a cluster the node that has
 * most. `null` where no client has a name though a worker of ours is among them: some Redis services forbid to set
 * names. Without one there is no telling, and none is the answer that somebody looks into.
 */
export function countWorkers(
  lists: readonly string[],
  clientName: string,
  hasWorker: boolean,
): number | null {
  const isOurs = (name: string) => name === clientName || name.startsWith(`${clientName}:w:`);
  const names = lists.map(namesOf);
  const all = names.flat();
  if (lists.length === 0 || (hasWorker && all.length > 0 && all.every((name) => name === ''))) return null;
  return Math.max(...names.map((ofNode) => ofNode.filter(isOurs).length));
}

function namesOf(list: string): string[] {
  return Array.from(list.matchAll(/(?:^|\s)name=(\S*)/g), ([, name]) => name!);
}
