import type { Job, Worker } from 'bullmq';

import type { WorkOutcome } from '../vitals/index.js';
import { giveBack, leave } from './give-back.js';
import type { QueueRuntime } from './queue-runtime.js';
import { confirmTurn, type Turn, waitForTurn } from './take-turn.js';
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
      wrappedWorkers.add(this, this.#tracked);
      this.on('closing', () => this.#tracked.letGoOfHeld(true));
      this.on('closed', () => wrappedWorkers.remove(this));
    }

    // NOTE: the processor itself is not wrapped: BullMQ reads its `length` to decide about the AbortSignal.
    protected override async callProcessJob(job: Job, token: string, signal?: AbortSignal): Promise<unknown> {
      const tracked = this.#tracked;
      const { runtime } = tracked;
      const call = () => super.callProcessJob(job, token, signal);
      if (!runtime || tracked.settings.skip) return counted(tracked, call);

      const turn = this.#takeTurn(runtime, job, token, signal);
      const taken = turn ? await turn : 'start';
      if (taken === 'give-back') return giveBack(job, token);
      if (taken === 'lost') return leave();
      try {
        return await observed(runtime, `${this.name}:${job.name}#${job.id}`, () => counted(tracked, call));
      } finally {
        runtime.admission.ended(tracked);
      }
    }

    override async pause(doNotWaitActive?: boolean): Promise<void> {
      const pausing = super.pause(doNotWaitActive);
      this.#tracked.letGoOfHeld(false);
      await pausing;
    }

    /** Nothing when the job may start at once, which is the rule: then nothing is awaited either. */
    #takeTurn(
      runtime: QueueRuntime,
      job: Job,
      token: string,
      signal?: AbortSignal,
    ): Promise<Turn> | undefined {
      const tracked = this.#tracked;
      const arrival = runtime.admission.arrive();
      const arrived = () => ({ job, token, signal, worker: this, tracked, runtime, arrival });
      if (!runtime.admission.tryStart(tracked)) return waitForTurn(arrived());
      if (runtime.isObserving) return undefined;
      return runtime.gate.enter(tracked.settings.sliceMs)?.then(() => confirmTurn(arrived()));
    }
  }
  return ResilientWorker as unknown as T;
}

export function isResilient(workerClass: object): boolean {
  return RESILIENT in workerClass;
}

async function observed(runtime: QueueRuntime, name: string, call: () => Promise<unknown>): Promise<unknown> {
  const run = runtime.observer.started('job', name);
  try {
    const result = await call();
    runtime.observer.ended(run, 'ok');
    return result;
  } catch (error) {
    runtime.observer.ended(run, outcomeOf(error), error);
    throw error;
  }
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
