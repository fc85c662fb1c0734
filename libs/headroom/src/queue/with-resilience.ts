import type { Job, Worker } from 'bullmq';

import type { WorkOutcome } from '../vitals/index.js';
import { giveBack, mayGiveBack } from './give-back.js';
import { queueRuntime } from './queue-runtime.js';
import { takeTurn } from './take-turn.js';
import { TrackedWorker } from './tracked-worker.js';
import { wrappedWorkers } from './wrapped-workers.js';

const RESILIENT = Symbol('resilience:worker');

/** Errors with which a job goes back to its queue: no failure, and no attempt burnt. */
const RELEASING_ERRORS = new Set(['DelayedError', 'WaitingError', 'WaitingChildrenError', 'RateLimitError']);

/**
 * A worker class whose jobs start one per turn of the event loop, are held at critical pressure, and log memory
 * at start and end. `@nestjs/bullmq` gets it by itself; use this for other worker classes, or for workers that
 * are made by hand.
 *
 * @example
 * ```ts
 * BullModule.workerClass = withResilience(WorkerPro);
 * const ResilientWorker = withResilience(Worker);
 * const worker = new ResilientWorker('reports', process, { connection });
 * ```
 * @publicApi
 */
export function withResilience<T extends typeof Worker>(workerClass: T): T {
  if (isResilient(workerClass)) return workerClass;
  const Base: typeof Worker = workerClass;

  class ResilientWorker extends Base {
    static readonly [RESILIENT] = true;
    readonly #tracked = new TrackedWorker(this);

    constructor(...args: ConstructorParameters<typeof Worker>) {
      super(...args);
      wrappedWorkers.add(this.#tracked);
      this.on('closing', () => queueRuntime.current?.admission.giveBack(this));
      this.on('closed', () => wrappedWorkers.remove(this.#tracked));
    }

    // NOTE: the processor itself is not wrapped: BullMQ reads its `length` to decide about the AbortSignal.
    protected override async callProcessJob(job: Job, token: string, signal?: AbortSignal): Promise<unknown> {
      const runtime = queueRuntime.current;
      const tracked = this.#tracked;
      const call = () => super.callProcessJob(job, token, signal);
      if (!runtime || tracked.settings(runtime).skip) return counted(tracked, call);

      const turn = takeTurn(runtime, tracked, this, signal);
      if (turn && (await turn) === 'give-back') {
        if (mayGiveBack(job, this)) return giveBack(job, token);
        runtime.admission.startAnyway();
      }
      const run = runtime.observer.started('job', `${this.name}:${job.name}#${job.id}`);
      try {
        const result = await counted(tracked, call);
        runtime.observer.ended(run, 'ok');
        return result;
      } catch (error) {
        runtime.observer.ended(run, outcomeOf(error), error);
        throw error;
      } finally {
        runtime.admission.ended();
      }
    }

    override async pause(doNotWaitActive?: boolean): Promise<void> {
      const pausing = super.pause(doNotWaitActive);
      // It waits for the jobs that are active, and a held job is one of them.
      queueRuntime.current?.admission.giveBack(this);
      await pausing;
    }
  }
  return ResilientWorker as unknown as T;
}

export function isResilient(workerClass: object): boolean {
  return RESILIENT in workerClass;
}

async function counted(tracked: TrackedWorker, call: () => Promise<unknown>): Promise<unknown> {
  tracked.started();
  try {
    const result = await call();
    tracked.ended('ok');
    return result;
  } catch (error) {
    tracked.ended(outcomeOf(error));
    throw error;
  }
}

function outcomeOf(error: unknown): WorkOutcome {
  return error instanceof Error && RELEASING_ERRORS.has(error.name) ? 'released' : 'failed';
}
