import { giveBack, leave, putOff } from './give-back.js';
import type { ArrivedJob, Turn } from './take-turn.js';

/**
 * Lets go of a job that is not to start here and now.
 *
 * @throws what tells BullMQ that a job is gone, and has not failed
 */
export async function letGo(
  turn: Extract<Turn, string>,
  { job, token, worker, tracked, arrival }: ArrivedJob,
): Promise<never> {
  if (turn === 'give-back') {
    await tracked.goingBack.turn(arrival);
    return giveBack(job, token, worker.backend);
  }
  if (turn === 'judge-later') return putOff(job, token, tracked.lockMs);
  if (turn === 'put-off') {
    tracked.putOffs.putOff(job.id!);
    return putOff(job, token);
  }
  tracked.locks.lostWaiting(job);
  return leave();
}
