import type { Job, Worker } from 'bullmq';

import type { WorkOutcome } from '../vitals/index.js';
import { giveBack, leave } from './give-back.js';
import type { QueueRuntime } from './queue-runtime.js';
import { type ArrivedJob, confirmTurn, type Turn, waitForTurn } from './take-turn.js';
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
    protected override callProcessJob(job: Job, token: string, signal?: AbortSignal): Promise<unknown> {
      const tracked = this.#tracked;
      const { runtime } = tracked;
      if (!runtime || tracked.settings.skip) return this.#count(job, token, signal);

      const arrival = runtime.admission.arrive();
      if (!runtime.admission.tryStart(tracked)) {
        const arrived = { job, token, signal, worker: this, tracked, runtime, arrival };
        return this.#runAfter(waitForTurn(arrived), arrived);
      }
      const turn = runtime.isObserving ? undefined : runtime.gate.enter(tracked.settings.sliceMs);
      if (!turn) return this.#run(runtime, job, token, signal);
      const arrived = { job, token, signal, worker: this, tracked, runtime, arrival };
      return this.#runAfter(
        turn.then(() => confirmTurn(arrived)),
        arrived,
      );
    }

    override async pause(doNotWaitActive?: boolean): Promise<void> {
      const pausing = super.pause(doNotWaitActive);
      this.#tracked.letGoOfHeld(false);
      await pausing;
    }

    async #runAfter(turn: Promise<Turn>, { runtime, job, token, signal }: ArrivedJob): Promise<unknown> {
      const taken = await turn;
      if (taken === 'give-back') return giveBack(job, token);
      if (taken === 'lost') return leave();
      return this.#run(runtime, job, token, signal);
    }

    /** Runs a job that has its place, announces it, and gives the place back. */
    async #run(runtime: QueueRuntime, job: Job, token: string, signal?: AbortSignal): Promise<unknown> {
      const run = runtime.observer.started('job', `${this.name}:${job.name}#${job.id}`);
      try {
        const result = await this.#count(job, token, signal);
        runtime.observer.ended(run, 'ok');
        return result;
      } catch (error) {
        runtime.observer.ended(run, outcomeOf(error), error);
        throw error;
      } finally {
        runtime.admission.ended(this.#tracked);
      }
    }

    async #count(job: Job, token: string, signal?: AbortSignal): Promise<unknown> {
      this.#tracked.started();
      try {
        const result = await super.callProcessJob(job, token, signal);
        this.#tracked.ended('ok');
        return result;
      } catch (error) {
        this.#tracked.ended(outcomeOf(error));
        throw error;
      }
    }
  }
  return ResilientWorker as unknown as T;
}

export function isResilient(workerClass: object): boolean {
  return RESILIENT in workerClass;
}

function outcomeOf(error: unknown): WorkOutcome {
  return error instanceof Error && RELEASING_ERRORS.has(error.name) ? 'released' : 'failed';
}
