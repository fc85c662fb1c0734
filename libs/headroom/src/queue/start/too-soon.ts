import type { Job, Worker } from 'bullmq';

import { guarded, SafeLogger } from '../../listeners/index.js';
import { nameOf } from '../worker/job-run.js';
import type { TrackedWorker } from '../worker/tracked-worker.js';
import { putOff, someSeconds } from './give-back.js';

const logger = new SafeLogger('Headroom');

/**
 * A job that lost its lock has come back to the worker that holds or runs it still. BullMQ knows its jobs by their ids:
 * the end of the first run would end the renewal of the second one's lock, and what is meant for the first would cancel
 * the second. So it comes again later: first in some seconds, then ever less often, until that is as long as a lock lasts.
 * Never rejects.
 */
export async function comesTooSoon(
  job: Job,
  token: string,
  worker: Worker,
  tracked: TrackedWorker,
): Promise<void> {
  let delayMs = someSeconds();
  guarded(logger, 'putting off a job that still runs here', () => {
    tracked.locks.lost([job.id!]);
    const times = tracked.putOffs.comesTooSoon(job.id!);
    delayMs = Math.min(delayMs * 2 ** (times - 1), Math.max(delayMs, tracked.lockMs));
    // Ever less often, too.
    if (Number.isInteger(Math.log2(times)))
      logger.warn(
        `${nameOf(worker.name, job)} has come back while it still runs here: it waits for that run to end`,
      );
  })();
  await putOff(job, token, delayMs).catch(() => undefined);
}
