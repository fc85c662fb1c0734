import { SafeLogger } from '../../listeners/index.js';
import { mayStartAgain } from '../start/give-back.js';
import { type ArrivedJob, isLeaving, isOursSince, type Turn, waitForTurn } from '../start/take-turn.js';
import { bullMq } from '../worker/bullmq-package.js';
import { nameOf } from '../worker/job-run.js';
import type { DeathCount } from './death-count.js';
import { describePoison, lockOf, note, readDeaths } from './death-notes.js';
import { keepNoted } from './kept-note.js';
import type { Note } from './notes.js';

const logger = new SafeLogger('Headroom');

/**
 * A job whose lock was lost: perhaps it killed the process that ran it. It starts alone, so that it takes nobody with
 * it if it does so again; and not at all when it has done so too often.
 *
 * @throws BullMQ's `UnrecoverableError` for a job that is not to be started again
 */
export async function waitAsSuspect(arrived: ArrivedJob): Promise<Turn> {
  const { job, worker, runtime } = arrived;
  const maxDeaths = runtime.maxDeaths || Infinity;
  const sinceMs = performance.now();
  let count: DeathCount;
  try {
    count = await readDeaths(job.id!, job.stalledCounter, worker.backend);
  } catch {
    // Not known: careful, but no death sentence.
    return waitForTurn({ ...arrived, isAlone: true });
  }
  // At once, and not when it starts: should this process die meanwhile, it is not condemned for what was before.
  if (count.isRetried) await note(job.id!, worker.backend, { kind: 'retried' });
  if (count.unheardOf.length >= maxDeaths && !count.isAccused && mayStartAgain(job, worker))
    return accuse(arrived, count);
  if (count.dead.length >= maxDeaths) return condemn(arrived, count);
  const turn = await waitForTurn({ ...arrived, isAlone: count.isSuspect });
  return typeof turn === 'string' ? turn : noteStart(arrived, turn, count, sinceMs);
}

/** Notes that it starts: the start is then known to all, should it not be heard of again. */
async function noteStart(
  arrived: ArrivedJob,
  reservation: Exclude<Turn, string>,
  { unheardOf, dead, isSuspect }: DeathCount,
  sinceMs: number,
): Promise<Turn> {
  const { job, worker, tracked, runtime } = arrived;
  const started: Note = { kind: 'started', lock: lockOf(job), unheardOf };
  const write = async () => note(job.id!, worker.backend, started);
  await write();
  const isOurs = await isOursSince(sinceMs, arrived);
  if (!isOurs || isLeaving(arrived)) {
    runtime.admission.ended(tracked, reservation);
    if (!isOurs) return 'lost';
    await tracked.locks.goesBack(job);
    return 'give-back';
  }
  keepNoted(job, write);
  if (isSuspect) {
    const name = nameOf(worker.name, job);
    const why =
      dead.length > 0
        ? `was running when its process died (${dead.length} of ${runtime.maxDeaths} times)`
        : 'has lost its lock, and may still run elsewhere';
    logger.warn(`${name} ${why}: it starts alone`);
  }
  return reservation;
}

/**
 * A process that was stopped, or out of the backend's reach, finds its lock lost when another has the job already. It
 * gets as long as a lock lasts to say that it lives: within that time it would have renewed it.
 */
async function accuse({ job, worker, tracked }: ArrivedJob, { unheardOf }: DeathCount): Promise<Turn> {
  await note(job.id!, worker.backend, { kind: 'accused', unheardOf, graceMs: tracked.lockMs });
  return 'judge-later';
}

async function condemn({ job, worker, tracked }: ArrivedJob, { dead }: DeathCount): Promise<never> {
  await note(job.id!, worker.backend, { kind: 'condemned', lock: lockOf(job) });
  const error = new bullMq!.UnrecoverableError(describePoison(nameOf(worker.name, job), dead.length));
  tracked.refusedAsPoison(error);
  throw error;
}
