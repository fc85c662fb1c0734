import type { Job, Worker } from 'bullmq';
import { setTimeout as wait } from 'node:timers/promises';

import type { WorkerReport } from '../../admission/index.js';
import { guarded, type SafeLogger } from '../../listeners/index.js';
import { lockOf, note, readDeaths } from '../deaths/death-notes.js';
import type { Note } from '../deaths/notes.js';
import type { HeldHere } from '../worker/held-here.js';
import { nameOf } from '../worker/job-run.js';
import { describeBlock, type LoopBlock } from './loop-block.js';
import type { RunningJobs } from '../worker/running-jobs.js';
import { RecentIds } from './recent-ids.js';

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
  private readonly told = new RecentIds();
  /** Jobs whose end is noted. */
  private readonly ended = new RecentIds();
  private block: LoopBlock | undefined;

  constructor(
    private readonly worker: Worker,
    private readonly jobs: RunningJobs,
    private readonly held: HeldHere,
    private readonly countsDeaths: () => boolean,
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
    this.told.add(job.id!);
    void this.note(job.id!, { kind: 'waited', lock: lockOf(job) });
  }

  /**
   * A run is over, or goes back: where deaths are counted, it is to be known that it was none. Of a job that has never
   * lost its lock there is nothing to tell.
   */
  mustTellEnd({ id, stalledCounter }: Job): boolean {
    return (stalledCounter > 0 && this.countsDeaths()) || this.told.has(id!);
  }

  /** Tells it. Resolves when it is known, or when the backend does not answer in time. */
  async ends(job: Job, kind: 'ended' | 'gave-back'): Promise<void> {
    const id = job.id!;
    if (this.ended.has(id)) return;
    this.ended.add(id);
    const late = wait(NOTED_WITHIN_MS, undefined, { ref: false });
    await Promise.race([this.note(id, { kind, lock: lockOf(job) }), late]);
  }

  /** A job is handed back that may run on here. */
  async goesBack(job: Job): Promise<void> {
    if (this.mustTellEnd(job)) await this.ends(job, 'gave-back');
    else this.ended.add(job.id!);
  }

  /** The loop was blocked for longer than a lock lasts: asks the backend which locks are lost. */
  async check(block: LoopBlock): Promise<void> {
    this.block = block;
    this.last = { at: block.at, loopDelayMs: Math.round(block.loopDelayMs), blockedBy: block.by };
    const jobs = [...this.jobs].filter(({ id, token }) => id && token);
    if (jobs.length === 0) return;
    const ids = jobs.map(({ id }) => id!);
    const tokens = jobs.map(({ token }) => token!);
    try {
      const lost = await this.worker.extendJobLocks(ids, tokens, this.worker.opts.lockDuration ?? 30_000);
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
    this.told.add(id);
    this.tell(`${this.worker.name}#${id} ran to its end without its lock`);
    // The end of any but the first run is noted.
    if (!this.ended.has(id)) void this.note(id, { kind: 'ended', lock: 1 });
  }

  private lostRunning(job: Job): void {
    const id = job.id!;
    this.told.add(id);
    void this.note(id, { kind: 'lives', lock: lockOf(job) });
    const wasTold = this.worker.cancelJob(id, LOCK_LOST);
    const subject = nameOf(this.worker.name, job);
    this.tell(`${subject} lost its lock${wasTold ? ', its signal was aborted' : ''}`);
  }

  /** A job that runs on without its lock may be said to have killed its process. */
  private async contradict(job: Job): Promise<void> {
    if (!this.countsDeaths()) return;
    try {
      const { isAccused, dead } = await readDeaths(job.id!, Infinity, this.worker.backend);
      if (isAccused && dead.includes(lockOf(job)) && this.jobs.find(job.id!) === job)
        await this.note(job.id!, { kind: 'lives', lock: lockOf(job) });
    } catch {
      // The backend does not answer; the next renewal will tell.
    }
  }

  private async note(id: string, what: Note): Promise<void> {
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
    const { lockDuration = 30_000 } = this.worker.opts;
    return this.block && Date.now() - this.block.at < lockDuration ? this.block : undefined;
  }
}

const ADVICE = ' Split the work with yieldIfDue(), or raise lockDuration.';

function capitalized(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}
