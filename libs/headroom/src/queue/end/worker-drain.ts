import type { Job, Worker } from 'bullmq';
import { setTimeout as wait } from 'node:timers/promises';

import { guarded, SafeLogger } from '../../listeners/index.js';
import type { DrainTally } from '../../lifecycle/index.js';
import { mayBeDelayed, mayStartAgain } from '../start/give-back.js';
import { lockMsOf } from '../locks/lock-times.js';
import type { LostLocks } from '../locks/lost-locks.js';
import type { HeldHere } from '../worker/held-here.js';
import { nameOf } from '../worker/job-run.js';
import type { RunningJobs } from '../worker/running-jobs.js';
import { SandboxChildren } from '../sandbox/sandbox-children.js';

const HAND_BACK_WITHIN_MS = 2000;
/** What a job finds as its signal's reason. A text: that of a sandboxed job crosses to its child. */
export const CANCELLED_BY_SHUTDOWN = 'the process shuts down';

/** Lets the jobs of one worker end, or sends them back. Its methods are called in the order of `Drainable`. */
export class WorkerDrain {
  /** Takes no more jobs, and lets those that it has end or go back. */
  isDraining = false;
  private readonly handedBack = new Set<Job>();
  private readonly leftToLock = new Set<Job>();
  private readonly cancelled: string[] = [];
  private finished = 0;
  private areChildrenKilled = false;

  constructor(
    private readonly worker: Worker,
    private readonly jobs: RunningJobs,
    private readonly held: HeldHere,
    private readonly locks: LostLocks,
    private readonly logger: SafeLogger,
  ) {}

  get running(): string[] {
    return [...this.jobs].map((job) => this.nameOf(job));
  }

  stopTaking(): void {
    this.isDraining = true;
    // Before it pauses: they go because it closes, and that is told once.
    this.held.letGo('closes');
    this.worker.pause(true).catch((error: unknown) => this.tell('pausing', error));
  }

  async whenIdle(): Promise<void> {
    while (this.jobs.size > 0 || !this.held.isEmpty) {
      await Promise.all([this.jobs.empty(), this.held.empty()]);
    }
  }

  cancel(): void {
    for (const job of this.jobs) {
      this.jobs.tellToStop(job);
      guarded(this.logger, 'cancelling a job', () => this.worker.cancelJob(job.id!, CANCELLED_BY_SHUTDOWN))();
    }
  }

  /** A job of this worker has ended; those that were cancelled may have gone back. */
  ended(job: Job, wentBack: boolean): void {
    if (!this.isDraining || this.isGone(job)) return;
    if (!wentBack) this.finished++;
    else if (this.jobs.wasTold(job)) this.cancelled.push(this.nameOf(job));
  }

  /** Whether the job is no longer this worker's, though it still runs: how it ends here does not count. */
  isGone(job: Job): boolean {
    return this.handedBack.has(job) || (this.areChildrenKilled && this.leftToLock.has(job));
  }

  /**
   * Not to the front of the queue but for later: it may run on here until the process has exited, and is not to run
   * twice at the same time. It waits for as long as its lock would have lasted. The child of a sandboxed one is killed:
   * it would outlive the process, and BullMQ gives it 30 s to end.
   */
  async handBack(): Promise<void> {
    await Promise.all([...this.jobs].map(async (job) => this.handBackOne(job)));
    const children = SandboxChildren.of(this.worker);
    this.areChildrenKilled = children !== undefined;
    await children?.kill();
  }

  /** Waits for what is being written of jobs that have ended, unless jobs run on. */
  async close(): Promise<void> {
    await this.worker.close(this.jobs.size > 0);
  }

  tally(): DrainTally {
    const names = (jobs: Iterable<Job>) => [...jobs].map((job) => this.nameOf(job));
    return {
      finished: this.finished,
      cancelled: this.cancelled,
      handedBack: names(this.handedBack),
      leftToLock: names(this.leftToLock),
    };
  }

  private async handBackOne(job: Job): Promise<void> {
    if (!mayStartAgain(job, this.worker) || !mayBeDelayed(job)) {
      this.leftToLock.add(job);
      return;
    }
    const comesAgainAt = Date.now() + lockMsOf(this.worker);
    this.handedBack.add(job);
    void this.locks.goesBack(job);
    const giveUp = new AbortController();
    const late = wait(HAND_BACK_WITHIN_MS, 'late' as const, { signal: giveUp.signal }).catch(() => undefined);
    try {
      if ((await Promise.race([job.moveToDelayed(comesAgainAt, job.token), late])) === 'late')
        this.notMoved(job);
    } catch (error) {
      this.notMoved(job);
      this.tell('handing a job back', error);
    } finally {
      giveUp.abort();
    }
  }

  private notMoved(job: Job): void {
    this.handedBack.delete(job);
    this.leftToLock.add(job);
  }

  private nameOf(job: Job): string {
    return nameOf(this.worker.name, job);
  }

  private tell(doing: string, error: unknown): void {
    this.logger.warn(`queue "${this.worker.name}": ${doing} failed while draining: ${String(error)}`);
  }
}
