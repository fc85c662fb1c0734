import type { Job, Worker } from 'bullmq';

import type { WorkerReport } from '../../admission/index.js';
import { guarded, type SafeLogger } from '../../listeners/index.js';
import { noteEnd, noteSurvival } from '../deaths/death-notes.js';
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

  /** A job has started, perhaps one that was told of when it ran before. */
  started(id: string): void {
    this.told.delete(id);
    this.ended.delete(id);
  }

  /** Jobs are found without their locks, which this worker holds or runs. */
  lost(ids: readonly string[]): void {
    for (const id of ids) {
      if (this.told.has(id)) continue;
      const job = this.jobs.find(id);
      if (!job) {
        if (this.held.has(id)) this.lostWaiting(id);
        continue;
      }
      this.told.add(id);
      void noteSurvival(id, this.worker.backend, true);
      const wasTold = this.worker.cancelJob(id, LOCK_LOST);
      const subject = nameOf(this.worker.name, job);
      this.tell(`${subject} lost its lock${wasTold ? ', its signal was aborted' : ''}`);
    }
  }

  /** A job has lost its lock that waits here for its start, or has waited. */
  lostWaiting(id: string): void {
    if (this.told.has(id)) return;
    this.told.add(id);
    void noteSurvival(id, this.worker.backend, false);
  }

  /** A job has thrown here, or goes back: where deaths are counted, it is to be known that this was none. */
  endedHere({ id, stalledCounter }: Job): void {
    if (stalledCounter === 0 || !this.countsDeaths() || this.told.has(id!) || this.ended.has(id!)) return;
    this.ended.add(id!);
    void noteEnd(id!, this.worker.backend);
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
    void noteSurvival(id, this.worker.backend, !this.ended.has(id));
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
