import { setTimeout as wait } from 'node:timers/promises';

import { SafeLogger } from '../../listeners/index.js';
import { mayGoBackUnstarted } from '../start/give-back.js';
import {
  type ArrivedJob,
  isLeaving,
  isOursSince,
  mayStillStart,
  type Turn,
  waitForTurn,
} from '../start/take-turn.js';
import { bullMq } from '../worker/bullmq-package.js';
import { nameOf } from '../worker/job-run.js';
import type { DeathCount } from './death-count.js';
import { describePoison, lockOf, note, readDeaths } from './death-notes.js';
import { keepNoted } from './kept-note.js';

const logger = new SafeLogger('Headroom');
/** While pressure is critical. */
const LOOK_AGAIN_MS = 100;

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
  const count = await readDeaths(job.id!, job.stalledCounter, worker.backend).catch(() => undefined);
  // At once, and not when it starts: should this process die meanwhile, it is not condemned for what was before.
  if (count?.isRetried) await note(job.id!, worker.backend, { kind: 'retried' });
  if (count && count.unheardOf.length >= maxDeaths && !count.isAccused && mayGoBackUnstarted(worker))
    return accuse(arrived, count);
  if (count && count.dead.length >= maxDeaths) return condemn(arrived, count);
  // Not known: careful, but no death sentence.
  const turn = await waitForTurn({ ...arrived, isAlone: count?.isSuspect ?? true });
  if (typeof turn === 'string') return turn;
  const end =
    (await whyNotToStart(arrived, sinceMs)) ??
    (count ? await noteStart(arrived, count, sinceMs) : await takeTurn(arrived, sinceMs));
  if (end === undefined) return turn;
  runtime.admission.ended(arrived.tracked, turn);
  return end;
}

/** Notes that it starts: the start is then known to all, should it not be heard of again. Returns why it does not. */
async function noteStart(
  arrived: ArrivedJob,
  { unheardOf, dead, isSuspect }: DeathCount,
  sinceMs: number,
): Promise<'lost' | 'give-back' | undefined> {
  const { job, worker, runtime } = arrived;
  const [id, lock] = [job.id!, lockOf(job)];
  await note(id, worker.backend, { kind: 'started', lock, unheardOf });
  const why = await takeTurn(arrived, sinceMs);
  if (why) {
    await note(id, worker.backend, { kind: why === 'lost' ? 'waited' : 'gave-back', lock });
    return why;
  }
  keepNoted(job, worker.backend);
  if (!isSuspect) return undefined;
  const what =
    dead.length > 0
      ? `was running when its process died (${dead.length} of ${runtime.maxDeaths} times)`
      : 'has lost its lock, and may still run elsewhere';
  logger.warn(`${nameOf(worker.name, job)} ${what}: it starts alone`);
  return undefined;
}

/**
 * What was asked of the backend has taken many turns, and the answers of several jobs come in one. It keeps its place:
 * whoever is to start alone would have to wait for that anew. Returns why it does not start.
 */
async function takeTurn(arrived: ArrivedJob, sinceMs: number): Promise<'lost' | 'give-back' | undefined> {
  const { runtime, tracked } = arrived;
  for (;;) {
    const why = await whyNotToStart(arrived, sinceMs);
    if (why) return why;
    await runtime.gate.enterFirst('plain', tracked.settings.sliceMs);
    if (mayStillStart(arrived)) return undefined;
    await wait(LOOK_AGAIN_MS, undefined, { ref: false });
  }
}

/** What was asked of the backend may have taken long. */
async function whyNotToStart(
  arrived: ArrivedJob,
  sinceMs: number,
): Promise<'lost' | 'give-back' | undefined> {
  if (!(await isOursSince(sinceMs, arrived))) return 'lost';
  return isLeaving(arrived) ? 'give-back' : undefined;
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
  tracked.locks.failsUnrun(job);
  tracked.refusedAsPoison(error);
  throw error;
}
