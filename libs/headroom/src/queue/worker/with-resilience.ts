import type { Job, Worker, WorkerListener, WorkerOptions } from 'bullmq';
// The global of that name is a getter: 50 ns of each job.
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';

import type { Reservation } from '../../admission/index.js';
import { loopWork, NOWHERE } from '../../vitals/index.js';
import { goneError, isReleasing, isUnrecoverable, releaseOf } from '../start/give-back.js';
import { letGo } from '../start/let-go.js';
import type { QueueRuntime } from './queue-runtime.js';
import type { JobRun } from './job-run.js';
import { afterMemoryDeath } from '../sandbox/after-memory-death.js';
import { SandboxChildren } from '../sandbox/sandbox-children.js';
import { waitAsSuspect } from '../deaths/suspects.js';
import { CLOSE_WITHIN_MS, closedInTime, writeWithinMs } from '../end/close-in-time.js';
import { type ArrivedJob, mayStillStart, type Turn, waitAgain, waitForTurn } from '../start/take-turn.js';
import { comesTooSoon } from '../start/too-soon.js';
import { JobsHere } from './jobs-here.js';
import { TrackedWorker } from './tracked-worker.js';
import { wrappedWorkers } from './wrapped-workers.js';

const LET_OTHERS_ASK_FIRST_MS = 500;
const RESILIENT = Symbol('resilience:worker');

/**
 * A worker class whose jobs start one per turn of the event loop, are held under memory pressure, and log
 * memory at start and end. `@nestjs/bullmq` gets it by itself; use this for other worker classes, or for workers that
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
    readonly #tracked: TrackedWorker;
    readonly #here = new JobsHere(() => this.concurrency);
    #isForced = false;
    #closed: Promise<void> | undefined;

    constructor(...args: ConstructorParameters<typeof Worker>) {
      super(...args);
      const options = args[2] as WorkerOptions | undefined;
      this.#tracked = new TrackedWorker(this, options?.maxStalledCount === undefined);
      wrappedWorkers.add(this, this.#tracked);
      this.on('closing', () => this.#tracked.held.letGo(this.#isForced ? 'closes by force' : 'closes'));
      this.on('closed', () => wrappedWorkers.remove(this));
    }

    // NOTE: called within BullMQ's constructor, where there is no field of ours yet.
    protected override createSandbox(processor: Parameters<Worker['createSandbox']>[0]): void {
      SandboxChildren.watch(this);
      super.createSandbox(processor);
    }

    override processJob(
      job: Job,
      token: string,
      mayFetchNext?: () => boolean,
    ): ReturnType<Worker['processJob']> {
      if (job.stalledCounter > 0 && this.#here.mayHave(job.id!)) {
        if (this.#mayPutOff()) return this.#comesAgain(job, token, mayFetchNext);
        if (this.#tracked.runtime?.isObserving)
          void this.#tracked.locks.comesBack(job.id!, this.#here.has(job.id!));
      }
      const processed = super.processJob(job, token, mayFetchNext);
      this.#here.comes(job, processed);
      return processed;
    }

    // NOTE: the processor itself is not wrapped: BullMQ reads its `length` to decide about the AbortSignal.
    protected override callProcessJob(job: Job, token: string, signal?: AbortSignal): Promise<unknown> {
      const tracked = this.#tracked;
      const { runtime } = tracked;
      if (!runtime || tracked.settings.skip) return this.#run(undefined, undefined, job, token, signal);

      const cost = tracked.costOf(job.name);
      const arrival = runtime.admission.arrive();
      const isSuspect = job.stalledCounter > 0 && runtime.countsDeaths;
      let reservation: Reservation | undefined;
      try {
        if (!isSuspect && (runtime.isObserving || !this.isPaused()))
          reservation = runtime.admission.tryStart(tracked, cost);
      } catch (error) {
        tracked.refused(cost, error);
        return Promise.reject(error);
      }
      const nowMs = performance.now();
      const mustWait = reservation !== undefined && !runtime.isObserving;
      const turn = mustWait ? runtime.gate.enter(tracked.settings.sliceMs, nowMs) : undefined;
      if (reservation && !turn) return this.#run(runtime, reservation, job, token, signal, nowMs);
      const place = NOWHERE;
      const arrived = { job, token, signal, worker: this, tracked, runtime, arrival, cost, place };
      if (turn) return this.#run(runtime, reservation, job, token, signal, nowMs, { turn, arrived });
      return this.#runAfter(isSuspect ? waitAsSuspect(arrived) : waitForTurn(arrived), arrived);
    }

    /** A worker that puts jobs off lets those of other machines ask first: else it would get them back itself. */
    protected override async moveToActive(token: string, name?: string): Promise<Job> {
      if (this.#tracked.putOffs.isLatest) await wait(LET_OTHERS_ASK_FIRST_MS, undefined, { ref: false });
      // A worker that closes is woken by the first held job that it gives back, and would take it again; one that was
      // paused while it waited for a job would take one more.
      // NOTE: BullMQ's types say that there always is a job; of an empty queue there is none either.
      if ((this.closing || this.isPaused()) && !this.#tracked.runtime?.isObserving) {
        // It was woken for a job, and is not woken again: after resume() it must look before it waits.
        Reflect.set(this, 'drained', false);
        return undefined as unknown as Job;
      }
      return super.moveToActive(token, name);
    }

    override async pause(doNotWaitActive?: boolean): Promise<void> {
      const pausing = super.pause(doNotWaitActive);
      this.#tracked.held.letGo('pauses');
      await pausing;
    }

    /** A worker that lets its jobs end for a shutdown takes no more, whoever asks. */
    override async resume(): Promise<void> {
      if (!this.#tracked.drain.isDraining) await super.resume();
    }

    /** Resolves also when the backend does not answer: BullMQ would wait for it, and the app's shutdown for BullMQ. */
    override async close(force = false): Promise<void> {
      this.#isForced ||= force;
      const closing = super.close(force);
      if (this.#tracked.runtime?.isObserving) return closing;
      return (this.#closed ??= this.#closeInTime(closing));
    }

    override emit<Event extends keyof WorkerListener>(
      event: Event,
      ...args: Parameters<WorkerListener[Event]>
    ): boolean {
      // NOTE: not from within BullMQ's constructor, where there is no field of ours yet.
      if (#tracked in this) {
        if (event === 'completed' || event === 'failed') {
          this.#here.hasEnded(args[0] as Job);
          this.#tracked.finished(event);
        } else if (event === 'error') this.#tracked.locks.look(args[0]);
      }
      return super.emit(event, ...args);
    }

    async #closeInTime(closing: Promise<void>): Promise<void> {
      const tracked = this.#tracked;
      const isWorking = (): boolean => tracked.jobs.size > 0 || !tracked.held.isEmpty;
      const lastsMs = (): number => {
        if (this.#isForced) return CLOSE_WITHIN_MS;
        if (isWorking()) return Infinity;
        return this.#here.haveAllGone() ? CLOSE_WITHIN_MS : writeWithinMs(tracked.lockMs);
      };
      if (await closedInTime(closing, lastsMs)) return;
      tracked.leftOpen();
      wrappedWorkers.remove(this);
      // Else its timer goes on, and keeps the process alive.
      await this.lockManager.close();
      this.backend.close(true).catch(() => undefined);
    }

    async #comesAgain(
      job: Job,
      token: string,
      mayFetchNext?: () => boolean,
    ): ReturnType<Worker['processJob']> {
      if (await this.#here.has(job.id!)) return comesTooSoon(job, token, this, this.#tracked);
      return this.processJob(job, token, mayFetchNext);
    }

    /** To put a job off uses up one of its starts. */
    #mayPutOff(): boolean {
      const { runtime, settings } = this.#tracked;
      return runtime !== undefined && !runtime.isObserving && !settings.skip && !this.opts.maxStartedAttempts;
    }

    async #runAfter(turn: Promise<Turn>, arrived: ArrivedJob): Promise<unknown> {
      const { runtime, tracked, job, token, signal } = arrived;
      let taken: Turn;
      tracked.waits(arrived);
      try {
        taken = await turn;
      } catch (error) {
        if (!isUnrecoverable(error)) tracked.refused(arrived.cost, error);
        throw error;
      } finally {
        tracked.held.leave(arrived);
      }
      if (typeof taken === 'string') return letGo(taken, arrived);
      return this.#run(runtime, taken, job, token, signal);
    }

    /**
     * Runs a job that has its place, announces it, and gives back the place and what was reserved for it.
     *
     * NOTE: one asynchronous function for all of that: each further one is two promises and three turns of the microtask
     * queue per job.
     *
     * @param runtime of a job that is to be looked after
     * @param waits at the gate first, with its place
     */
    async #run(
      runtime: QueueRuntime | undefined,
      reservation: Reservation | undefined,
      job: Job,
      token: string,
      signal?: AbortSignal,
      nowMs = performance.now(),
      waits?: { readonly turn: Promise<void>; readonly arrived: ArrivedJob },
    ): Promise<unknown> {
      const tracked = this.#tracked;
      if (waits) {
        const { turn, arrived } = waits;
        tracked.waits(arrived);
        await turn;
        if (!mayStillStart(arrived)) return this.#runAfter(waitAgain(arrived, reservation!), arrived);
        tracked.held.leave(arrived);
        nowMs = performance.now();
      }
      const run = tracked.started(job, nowMs);
      runtime?.observer.started(run);
      try {
        reservation?.begins?.();
        const result = await this.#call(run, token, signal);
        const told = tracked.locks.endsWell(job);
        if (told) await told;
        tracked.ended(run, 'ok');
        runtime?.observer.ended(run, 'ok');
        return result;
      } catch (error) {
        if (tracked.locks.mustTellEnd(job)) {
          const goesBack = isReleasing(error) || tracked.wasCutOff(job, error);
          await tracked.locks.ends(job, goesBack ? 'gave-back' : 'ended');
        }
        const thrown = await this.#whatToThrow(job, token, error);
        const outcome = isReleasing(thrown) ? 'released' : 'failed';
        tracked.ended(run, outcome);
        runtime?.observer.ended(run, outcome, thrown);
        throw thrown;
      } finally {
        if (reservation) runtime?.admission.ended(tracked, reservation);
      }
    }

    #call(run: JobRun, token: string, signal?: AbortSignal): Promise<unknown> {
      const enteredAtMs = loopWork.enter(run, run.startedAtMs);
      try {
        return super.callProcessJob(run.job, token, signal);
      } finally {
        loopWork.leave(enteredAtMs);
      }
    }

    async #whatToThrow(job: Job, token: string, error: unknown): Promise<unknown> {
      if (this.#tracked.drain.isGone(job)) return goneError();
      if (this.#tracked.wasCutOff(job, error)) return releaseOf(job, token, this.backend);
      const thrown = afterMemoryDeath(job, error, this.#tracked.runtime?.maxMemoryDeaths ?? false);
      if (thrown !== error) this.#tracked.failsForGood(thrown as Error);
      return thrown;
    }
  }
  return ResilientWorker as unknown as T;
}

export function isResilient(workerClass: object): boolean {
  return RESILIENT in workerClass;
}
