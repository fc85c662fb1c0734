import type { Job, Worker } from 'bullmq';
// The global of that name is a getter: 50 ns of each job.
import { performance } from 'node:perf_hooks';

import type {
  PlaceHolder,
  QueueBackend,
  RegisteredWorker,
  WorkCost,
  WorkerReport,
} from '../../admission/index.js';
import { SafeLogger } from '../../listeners/index.js';
import type { WorkOutcome } from '../../vitals/index.js';
import { askedQueues } from '../backend/asked-queues.js';
import { isReleasing, isUnrecoverable, mayStartAgain } from '../start/give-back.js';
import { JobCosts } from '../start/job-costs.js';
import { LastFirst } from '../start/last-first.js';
import { PutOffs } from '../start/put-offs.js';
import { lockMsOf, safeHoldMsOf } from '../locks/lock-times.js';
import { LostLocks } from '../locks/lost-locks.js';
import { HeldHere, type WaitingJob } from './held-here.js';
import type { QueueRuntime } from './queue-runtime.js';
import type { JobRun } from './job-run.js';
import { RunningJobs } from './running-jobs.js';
import { WorkerDrain } from '../end/worker-drain.js';
import { WorkerCounts } from './worker-counts.js';
import { NO_SETTINGS, type WorkerSettings } from './worker-settings.js';

/**
 * BullMQ fails a job that stalled more than once, whatever the reason. Where deaths are counted apart, a job that lost
 * its lock while its process lived is started again, as often as this.
 */
const STALLS_WITH_DEATHS_COUNTED = 10;

/** What Headroom knows about one worker: whose it is, its counters, its jobs and those that are held for it. */
export class TrackedWorker implements RegisteredWorker, PlaceHolder {
  places = 0;
  readonly putOffs = new PutOffs();
  readonly jobs: RunningJobs;
  readonly held: HeldHere;
  readonly locks: LostLocks;
  readonly drain: WorkerDrain;
  readonly goingBack: LastFirst;
  private readonly logger = new SafeLogger('Headroom');
  private readonly counts = new WorkerCounts();
  private readonly toldOf = new WeakSet<WorkCost>();
  private owner: QueueRuntime | undefined;
  private settingsRead: WorkerSettings | undefined;
  private costs: JobCosts | undefined;
  private asked: QueueBackend | undefined;

  constructor(
    private readonly worker: Worker,
    private readonly allowsFewStalls: boolean,
  ) {
    this.jobs = new RunningJobs(worker.name);
    this.held = new HeldHere(worker.name, this.logger);
    this.locks = new LostLocks(worker, this.jobs, this.held, () => this.owner, this.logger);
    this.drain = new WorkerDrain(worker, this.jobs, this.held, this.locks, this.logger);
    this.goingBack = new LastFirst(async () => this.held.empty());
  }

  get runtime(): QueueRuntime | undefined {
    return this.owner;
  }

  get queue(): string {
    return this.worker.name;
  }

  get concurrency(): number {
    return this.worker.concurrency;
  }

  get backend(): QueueBackend {
    return (this.asked ??= askedQueues.of(this.worker));
  }

  /** Read when the first job comes: only then is the worker known to its processor class. */
  get settings(): WorkerSettings {
    return (this.settingsRead ??= this.readSettings());
  }

  /** How long a lock lasts. */
  get lockMs(): number {
    return lockMsOf(this.worker);
  }

  /** How long a job can be held and still surely have its lock. */
  get safeHoldMs(): number {
    return safeHoldMsOf(this.worker);
  }

  /** What jobs of this name are known to take. */
  costOf(jobName: string): WorkCost {
    return (this.costs ??= this.makeCosts()).of(jobName);
  }

  /** Milliseconds after which this job is put off; `Infinity` is never. */
  maxHoldMs({ id }: Job): number {
    const capMs = this.worker.opts.skipLockRenewal ? this.safeHoldMs : Infinity;
    return this.putOffs.maxHoldMs(id!, this.owner?.maxHoldMs ?? false, capMs);
  }

  belongTo(runtime: QueueRuntime | undefined): void {
    if (runtime === this.owner) return;
    this.owner?.unregister(this);
    this.owner = runtime;
    this.settingsRead = undefined;
    this.costs = undefined;
    this.allowStalls(runtime?.countsDeaths ?? false);
    runtime?.register(this);
  }

  /** The worker is known to its processor class by now. */
  settle(): void {
    void this.settings;
  }

  /** A job has come that does not start at once. */
  waits(waiting: WaitingJob): void {
    this.locks.comes(waiting.job.id!);
    this.held.enter(waiting);
  }

  /** @param nowMs by `performance.now()` */
  started(job: Job, nowMs: number): JobRun {
    this.putOffs.started(job.id!);
    this.locks.comes(job.id!);
    this.counts.started(nowMs);
    return this.jobs.add(job, nowMs);
  }

  ended(run: JobRun, outcome: WorkOutcome): void {
    const nowMs = performance.now();
    this.jobs.remove(run, nowMs);
    this.drain.ended(run.job, outcome === 'released');
    this.counts.ended(nowMs);
  }

  /** BullMQ has written how a job ended. */
  finished(how: 'completed' | 'failed'): void {
    if (how === 'completed') this.counts.completedOne();
    else this.counts.failedOne();
  }

  /**
   * Whether a job that has thrown did so because the shutdown told it to stop: it goes back to its queue, as one that
   * was not started. Not one that says itself that it must not be tried again.
   */
  wasCutOff(job: Job, error: unknown): boolean {
    if (!this.jobs.wasTold(job) || isReleasing(error) || isUnrecoverable(error)) return false;
    return mayStartAgain(job, this.worker);
  }

  /** Its worker has not closed, because the backend does not answer. */
  leftOpen(): void {
    this.logger.warn(
      `queue "${this.worker.name}": its worker does not close, the backend does not answer; the shutdown goes on without it`,
    );
  }

  /** A job fails for good because process after process died with it. */
  refusedAsPoison(error: Error): void {
    this.failsForGood(error);
  }

  /** The same, of a job that has run. */
  failsForGood(error: Error): void {
    this.counts.poisoned++;
    this.logger.error(error.message);
  }

  /** A job fails without having started: its cost can never fit. Told once per kind of work. */
  refused(cost: WorkCost, error: unknown): void {
    if (this.toldOf.has(cost)) return;
    this.toldOf.add(cost);
    this.logger.error(`queue "${this.worker.name}": a job failed before it started. ${String(error)}`);
  }

  /**
   * Whether a loop delay may have cost a job of this worker its lock. A job that blocks the loop has often ended
   * when the delay becomes known, so those that ended within it count.
   *
   * @param knownAt when the delay became known, milliseconds since the epoch
   */
  mayHaveLostLock(loopDelayMs: number, knownAt: number): boolean {
    if (loopDelayMs < this.safeHoldMs) return false;
    const hadJobs = this.jobs.size > 0 || !this.held.isEmpty;
    return hadJobs || (this.counts.lastEndedAt ?? -Infinity) >= knownAt - loopDelayMs;
  }

  report(): WorkerReport {
    const { worker, counts } = this;
    const { learning } = this.held;
    return {
      queue: worker.name,
      isRunning: worker.isRunning(),
      isManual: worker.opts.autorun === false,
      isSkipped: this.settings.skip,
      isPaused: worker.isPaused(),
      isDraining: this.drain.isDraining,
      isClosing: worker.closing !== undefined,
      concurrency: worker.concurrency,
      allowedNow: this.allowedNow,
      lockDurationMs: this.lockMs,
      active: this.jobs.size,
      held: this.held.size - learning,
      heldToLearn: learning,
      completed: counts.completed,
      failed: counts.failed,
      lastStartedAt: counts.lastStartedAt,
      lastFinishedAt: counts.lastFinishedAt,
      lostLocks: this.locks.count,
      poisoned: counts.poisoned,
      possibleDoubleRun: this.locks.last,
    };
  }

  /** One that is skipped is left to BullMQ: nobody counts its deaths. */
  private readSettings(): WorkerSettings {
    const settings = this.owner?.settingsOf(this.worker) ?? NO_SETTINGS;
    if (settings.skip) this.allowStalls(false);
    return settings;
  }

  private allowStalls(countsDeaths: boolean): void {
    if (this.allowsFewStalls)
      this.worker.opts.maxStalledCount = countsDeaths ? STALLS_WITH_DEATHS_COUNTED : 1;
  }

  private get allowedNow(): number {
    const { owner, concurrency } = this;
    return owner && !this.settings.skip ? owner.admission.allowedNow(this) : concurrency;
  }

  private makeCosts(): JobCosts {
    const { ledger } = this.owner!;
    return new JobCosts(this.worker.name, this.settings.declaredCost, (key, declared) =>
      ledger.costOf('job', key, declared),
    );
  }
}
