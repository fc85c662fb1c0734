import type { Job, Worker } from 'bullmq';

import type { Reservation, WorkCost } from '../../admission/index.js';
import { lockMsOf, safeHoldMsOf } from '../locks/lock-times.js';
import { mayBeDelayed, mayGoBackUnstarted } from './give-back.js';
import type { WaitingJob } from '../worker/held-here.js';
import type { QueueRuntime } from '../worker/queue-runtime.js';
import type { TrackedWorker } from '../worker/tracked-worker.js';

/**
 * A reservation: the job has its place and its turn. `give-back`: to the front of its queue. `put-off`: to its queue,
 * for later. `judge-later`: the same, until it is known whether it killed its processes. `lost`: another worker may
 * have it.
 */
export type Turn = Reservation | 'give-back' | 'put-off' | 'judge-later' | 'lost';

export interface ArrivedJob extends WaitingJob {
  readonly job: Job;
  readonly token: string;
  readonly signal: AbortSignal | undefined;
  readonly worker: Worker;
  readonly tracked: TrackedWorker;
  readonly runtime: QueueRuntime;
  readonly arrival: number;
  readonly cost: WorkCost;
  /** Nobody else may run beside it, for a while. */
  readonly isAlone?: boolean;
}

/** Waits for a place under the pressure of the moment and for memory, and then for a turn of the event loop. */
export async function waitForTurn(arrived: ArrivedJob): Promise<Turn> {
  const { worker, tracked, runtime, job, signal, arrival, cost, isAlone = false } = arrived;
  if (isLeaving(arrived)) return 'give-back';
  const mayGiveBack = mayGoBackUnstarted(worker);
  const sinceMs = performance.now();
  const maxHoldMs = mayGiveBack && mayBeDelayed(job) ? tracked.maxHoldMs(job) : Infinity;
  const held = runtime.admission.hold({ owner: tracked, cost, arrival, maxHoldMs, isAlone });
  const letGo = () => held.letGo();
  signal?.addEventListener('abort', letGo, { once: true });
  if (signal?.aborted || isEnding(arrived)) letGo();
  const admission = await tracked.held.during(held, mayGiveBack);
  signal?.removeEventListener('abort', letGo);
  if (typeof admission === 'string') return admission;

  if (!(await isOursSince(sinceMs, arrived))) {
    runtime.admission.ended(tracked, admission);
    return 'lost';
  }
  await runtime.gate.enterFirst('plain', tracked.settings.sliceMs);
  return mayStillStart(arrived) ? admission : waitAgain(arrived, admission);
}

/** Pressure may have turned critical while the job waited at the gate; a cancelled job goes on to its end. */
export function mayStillStart(arrived: ArrivedJob): boolean {
  const { runtime, signal } = arrived;
  if (signal?.aborted) return true;
  return (runtime.admission.isOpen || isEnding(arrived)) && !isLeaving(arrived);
}

/** Gives back its place, and waits for another. */
export async function waitAgain(arrived: ArrivedJob, reservation: Reservation): Promise<Turn> {
  arrived.runtime.admission.ended(arrived.tracked, reservation);
  return waitForTurn(arrived);
}

/** Whether its worker ends: what cannot go back starts, whatever the pressure. */
function isEnding({ worker, tracked }: ArrivedJob): boolean {
  return worker.closing !== undefined || tracked.drain.isDraining;
}

/** Whether its worker takes no more jobs, and it can go back. */
export function isLeaving({ worker }: ArrivedJob): boolean {
  return Boolean(worker.closing || worker.isPaused()) && mayGoBackUnstarted(worker);
}

/** After a long time the lock may be gone (a blocked loop, a backend out of reach): then another worker has it. */
export async function isOursSince(sinceMs: number, { job, token, worker }: ArrivedJob): Promise<boolean> {
  if (performance.now() - sinceMs < safeHoldMsOf(worker)) return true;
  try {
    return Boolean(await job.extendLock(token, lockMsOf(worker)));
  } catch {
    return false;
  }
}
