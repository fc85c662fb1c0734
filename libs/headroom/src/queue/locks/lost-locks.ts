import type { Job, Worker } from 'bullmq';
import { setTimeout as wait } from 'node:timers/promises';

import type { WorkerReport } from '../../admission/index.js';
import { guarded, type SafeLogger } from '../../listeners/index.js';
import { lockOf, note, readLatestDeaths } from '../deaths/death-notes.js';
import type { Note } from '../deaths/notes.js';
import type { HeldHere } from '../worker/held-here.js';
import { nameOf } from '../worker/job-run.js';
import type { QueueRuntime } from '../worker/queue-runtime.js';
import { lockMsOf } from './lock-times.js';
import { describeBlock, type LoopBlock } from './loop-block.js';
import type { RunningJobs } from '../worker/running-jobs.js';
import { Recent } from '../recent.js';

const LOCK_LOST = 'its lock was lost, another worker may run it';
/** BullMQ's error codes for a job that is another's: no lock, not active, the lock of somebody else. */
const NOT_OURS: readonly unknown[] = [-2, -3, -6];
/** In BullMQ's texts: `Missing lock for job 17. moveToFinished`, `Job 17 is not in the active state. ...`. */
const JOB_ID = /\bjob (\S+?)(?:\.(?:\s|$)| is not )/i;

/** A backend that answers needs some milliseconds. */
const NOTED_WITHIN_MS = 2000;

/** Notices the jobs of one worker that may run twice, and tells them to stop. */
export class LostLocks {
  /** Jobs that ran on without their lock. */
  count = 0;
  last: WorkerReport['possibleDoubleRun'];
  /** Jobs that were told of, or noted. */
  private readonly told = new Recent<true>();
  /** Jobs whose end is noted. */
  private readonly ended = new Recent<true>();
  /** The locks of those that have ended well, which is not noted: BullMQ writes the result. */
  private readonly endedWell = new Recent<number>();
  private block: LoopBlock | undefined;

  constructor(
    private readonly worker: Worker,
    private readonly jobs: RunningJobs,
    private readonly held: HeldHere,
    private readonly runtime: () => Pick<QueueRuntime, 'countsDeaths' | 'isObserving'> | undefined,
    private readonly logger: SafeLogger,
  ) {
    worker.on(
      'lockRenewalFailed',
      guarded(logger, 'noticing a lost lock', (ids: string[]) => this.lost(ids)),
    );
  }

  /** A job comes or starts, perhaps one that was told of when it ran before. */
  comes(id: string): void {
    this.told.delete(id);
    this.ended.delete(id);
    this.endedWell.delete(id);
  }

  /** If it still runs here it runs twice: that is told, unless it was when its lock could not be renewed. Never rejects. */
  async comesBack(id: string, stillRuns: Promise<boolean>): Promise<void> {
    if (this.told.has(id) || !(await stillRuns)) return;
    guarded(this.logger, 'noticing a job that runs twice', () => this.lost([id]))();
  }

  /** Jobs are found without their locks, which this worker holds or runs. */
  lost(ids: readonly string[]): void {
    for (const id of ids) {
      const waiting = this.held.find(id);
      const job = this.jobs.find(id);
      if (this.ended.has(id)) continue;
      if (waiting) this.lostWaiting(waiting);
      else if (job && this.told.has(id)) void this.contradict(job);
      else if (job) this.lostRunning(job);
    }
  }

  /** A job has lost its lock that waits here for its start, or has waited. */
  lostWaiting(job: Job): void {
    if (this.told.has(job.id!)) return;
    this.told.set(job.id!, true);
    void this.note(job.id!, { kind: 'waited', lock: lockOf(job) });
  }

  /**
   * A run is over, or goes back: where deaths are counted, it is to be known that it was none. Of a job that has never
   * lost its lock there is nothing to tell.
   */
  mustTellEnd({ id, stalledCounter }: Job): boolean {
    return (stalledCounter > 0 && this.countsDeaths) || this.told.has(id!);
  }

  /**
   * A run has ended well. That is told when its lock was found lost. Else its end is known when its result is: to write
   * that can still kill the process.
   */
  endsWell(job: Job): Promise<void> | undefined {
    if (this.told.has(job.id!)) return this.ends(job, 'ended');
    if (job.stalledCounter > 0) this.endedWell.set(job.id!, lockOf(job));
    return undefined;
  }

  /** A job fails without having run: should that not get through, no run has ended. */
  failsUnrun({ id }: Job): void {
    this.told.set(id!, true);
  }

  /** Tells it. Resolves when it is known, or when the backend does not answer in time. */
  async ends(job: Job, kind: 'ended' | 'gave-back'): Promise<void> {
    const id = job.id!;
    if (this.ended.has(id)) return;
    this.ended.set(id, true);
    const late = wait(NOTED_WITHIN_MS, undefined, { ref: false });
    await Promise.race([this.note(id, { kind, lock: lockOf(job) }), late]);
  }

  /** A job is handed back that may run on here. */
  async goesBack(job: Job): Promise<void> {
    if (this.mustTellEnd(job)) await this.ends(job, 'gave-back');
    else this.ended.set(job.id!, true);
  }

  /** The loop was blocked for longer than a lock lasts: asks the backend which locks are lost. */
  async check(block: LoopBlock): Promise<void> {
    this.block = block;
    this.last = { at: block.at, loopDelayMs: Math.round(block.loopDelayMs), blockedBy: block.by };
    const jobs = [...this.jobs].filter(({ id, token }) => id && token);
    // To ask is to extend those that are not lost. BullMQ's next renewal will tell.
    if (jobs.length === 0 || this.isObserving) return;
    const ids = jobs.map(({ id }) => id!);
    const tokens = jobs.map(({ token }) => token!);
    try {
      const lost = await this.worker.extendJobLocks(ids, tokens, lockMsOf(this.worker));
      // Not one that has come back meanwhile, and has a lock again.
      this.lost(lost.filter((id) => jobs.includes(this.jobs.find(id)!)));
    } catch {
      // The backend does not answer; the next renewal will tell.
    }
  }

  /** Looks whether an error of the worker says that a job has ended here which is another's by now. */
  look(error: unknown): void {
    if (!(error instanceof Error) || !('code' in error) || !NOT_OURS.includes(error.code)) return;
    const id = JOB_ID.exec(error.message)?.[1];
    if (id === undefined || this.told.has(id)) return;
    this.told.set(id, true);
    this.tell(`${this.worker.name}#${id} ran to its end without its lock`);
    if (!this.ended.has(id)) void this.note(id, { kind: 'ended', lock: this.endedWell.get(id) ?? 1 });
  }

  private lostRunning(job: Job): void {
    const id = job.id!;
    this.told.set(id, true);
    void this.note(id, { kind: 'lives', lock: lockOf(job) });
    const wasTold = !this.isObserving && this.worker.cancelJob(id, LOCK_LOST);
    const subject = nameOf(this.worker.name, job);
    this.tell(`${subject} lost its lock${wasTold ? ', its signal was aborted' : ''}`);
  }

  /** A job that runs on without its lock may be said to have killed its process. */
  private async contradict(job: Job): Promise<void> {
    if (!this.countsDeaths) return;
    try {
      const { isAccused, dead } = await readLatestDeaths(job.id!, this.worker.backend);
      if (isAccused && dead.includes(lockOf(job)) && this.jobs.find(job.id!) === job)
        await this.note(job.id!, { kind: 'lives', lock: lockOf(job) });
    } catch {
      // The backend does not answer; the next renewal will tell.
    }
  }

  private get countsDeaths(): boolean {
    return this.runtime()?.countsDeaths ?? false;
  }

  /** Then it is told, and nothing is done about it. */
  private get isObserving(): boolean {
    return this.runtime()?.isObserving ?? false;
  }

  private async note(id: string, what: Note): Promise<void> {
    if (this.isObserving) return;
    await note(id, this.worker.backend, what);
  }

  private tell(what: string): void {
    this.count++;
    const block = this.recentBlock();
    this.last = {
      at: Date.now(),
      loopDelayMs: Math.round(block?.loopDelayMs ?? 0),
      blockedBy: block?.by,
    };
    const why = block
      ? describeBlock(block)
      : 'it was not renewed in time: the process was stopped, or the backend out of reach';
    this.logger.error(`${what}: it may run twice. ${capitalized(why)}.${block ? ADVICE : ''}`);
  }

  /** A block that can be the reason: locks are renewed within the time that one lasts. */
  private recentBlock(): LoopBlock | undefined {
    return this.block && Date.now() - this.block.at < lockMsOf(this.worker) ? this.block : undefined;
  }
}

const ADVICE = ' Split the work with yieldIfDue(), or raise lockDuration.';

function capitalized(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}
