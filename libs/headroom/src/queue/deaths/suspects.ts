import { SafeLogger } from '../../listeners/index.js';
import { mayStartAgain } from '../start/give-back.js';
import { type ArrivedJob, type Turn, waitForTurn } from '../start/take-turn.js';
import { bullMq } from '../worker/bullmq-package.js';
import { nameOf } from '../worker/job-run.js';
import type { DeathCount } from './death-count.js';
import { describePoison, noteAccusation, noteStart, noteVerdict, readDeaths } from './death-notes.js';

const logger = new SafeLogger('Headroom');

/**
 * A job whose lock ran out while somebody ran it: perhaps it killed its process. It starts alone, so that it takes
 * nobody with it if it does so again; and not at all when it has done so too often.
 *
 * @throws BullMQ's `UnrecoverableError` for a job that is not to be started again
 */
export async function waitAsSuspect(arrived: ArrivedJob): Promise<Turn> {
  const { job, worker, runtime } = arrived;
  const maxDeaths = runtime.maxDeaths || Infinity;
  let count: DeathCount;
  try {
    count = await readDeaths(job, worker.backend);
  } catch {
    // Not known: careful, but no death sentence.
    return waitForTurn({ ...arrived, isAlone: true });
  }
  const { deaths } = count;
  if (deaths >= maxDeaths) return judge(arrived, count);
  const turn = await waitForTurn({ ...arrived, isAlone: deaths > 0 });
  if (typeof turn === 'string') return turn;
  if (deaths > 0) {
    const name = nameOf(worker.name, job);
    logger.warn(
      `${name} was running when its process died (${deaths} of ${maxDeaths} times): it starts alone`,
    );
  }
  await noteStart(job.id!, worker.backend, deaths, maxDeaths);
  return turn;
}

/**
 * A process that was stopped, or out of the backend's reach, finds its lock lost when another has the job already. It
 * gets as long as a lock lasts to say that it lives: within that time it would have renewed it.
 */
async function judge({ job, worker, tracked }: ArrivedJob, { deaths, isAccused }: DeathCount): Promise<Turn> {
  if (!isAccused && mayStartAgain(job, worker)) {
    await noteAccusation(job.id!, worker.backend, deaths, tracked.lockMs);
    return 'judge-later';
  }
  await noteVerdict(job, worker.backend);
  const error = new bullMq!.UnrecoverableError(describePoison(nameOf(worker.name, job), deaths));
  tracked.refusedAsPoison(error);
  throw error;
}
