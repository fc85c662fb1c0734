import type { Worker } from 'bullmq';

import type { Admission } from '../admission/index.js';
import type { QueueRuntime } from './queue-runtime.js';
import type { TrackedWorker } from './tracked-worker.js';

/**
 * Waits until a job may start: a place under the pressure of the moment, then a turn of the event loop. When it
 * may start at once, which is the rule, nothing is awaited.
 */
export function takeTurn(
  runtime: QueueRuntime,
  tracked: TrackedWorker,
  worker: Worker,
  signal: AbortSignal | undefined,
): Promise<Admission> | undefined {
  if (!runtime.admission.tryStart()) return waitForTurn(runtime, tracked, worker, signal, false);
  if (runtime.isObserving) return undefined;
  const turn = runtime.gate.enter(tracked.settings(runtime).sliceMs);
  return turn && turn.then(() => confirm(runtime, tracked, worker, signal));
}

async function waitForTurn(
  runtime: QueueRuntime,
  tracked: TrackedWorker,
  worker: Worker,
  signal: AbortSignal | undefined,
  hadPlace: boolean,
): Promise<Admission> {
  // It waits for its active jobs before it is closed or paused, and a held job counts as active.
  if (worker.closing || worker.isPaused()) return 'give-back';
  const held = runtime.admission.hold(worker, hadPlace);
  const letGo = () => held.letGo();
  tracked.held++;
  signal?.addEventListener('abort', letGo, { once: true });
  if (signal?.aborted) letGo();
  const admission = await held.admitted;
  signal?.removeEventListener('abort', letGo);
  tracked.held--;
  if (admission === 'give-back') return admission;
  await runtime.gate.enter(tracked.settings(runtime).sliceMs);
  return confirm(runtime, tracked, worker, signal);
}

/** Pressure may have turned critical while the job waited at the gate; a cancelled job goes on to its end. */
function confirm(
  runtime: QueueRuntime,
  tracked: TrackedWorker,
  worker: Worker,
  signal: AbortSignal | undefined,
): Promise<Admission> | Admission {
  if (runtime.admission.isOpen || signal?.aborted) return 'start';
  runtime.admission.ended();
  return waitForTurn(runtime, tracked, worker, signal, true);
}
