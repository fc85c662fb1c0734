import { SafeLogger } from '../../listeners/index.js';
import { bullMq } from '../worker/bullmq-package.js';
import { describePoison, noteRestart, readDeaths } from './deaths.js';
import { nameOf } from '../worker/job-run.js';
import { type ArrivedJob, type Turn, waitForTurn } from './take-turn.js';

const logger = new SafeLogger('Headroom');

/**
 * A job whose lock ran out while somebody ran it: perhaps it killed its process. It starts alone, so that it takes
 * nobody with it if it does so again; and not at all when it has done so too often.
 *
 * @throws BullMQ's `UnrecoverableError` for a job that is not to be started again
 */
export async function waitAsSuspect(arrived: ArrivedJob): Promise<Turn> {
  const { job, worker, tracked, runtime } = arrived;
  const maxDeaths = runtime.maxDeaths || Infinity;
  const name = nameOf(worker.name, job);
  let deaths: number;
  try {
    deaths = await readDeaths(job, worker.backend);
  } catch {
    // Not known: careful, but no death sentence.
    return waitForTurn({ ...arrived, isAlone: true });
  }
  if (deaths === 0) return waitForTurn(arrived);
  if (deaths >= maxDeaths) {
    const error = new bullMq!.UnrecoverableError(describePoison(name, deaths));
    tracked.refusedAsPoison(error);
    throw error;
  }
  const turn = await waitForTurn({ ...arrived, isAlone: true });
  if (typeof turn === 'string') return turn;
  logger.warn(`${name} was running when its process died (${deaths} of ${maxDeaths} times): it starts alone`);
  await noteRestart(job, worker.backend, deaths, maxDeaths);
  return turn;
}
