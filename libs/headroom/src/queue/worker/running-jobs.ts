import type { Job } from 'bullmq';

import { loopWork } from '../../vitals/index.js';
import { JobRun } from './job-run.js';

/** The jobs of one worker that run now: those of all workers are under way together. */
export class RunningJobs {
  /** How many. */
  size = 0;
  /** Told to stop: how they end is no failure. */
  private readonly told = new WeakSet<Job>();
  private whenEmpty: (() => void)[] = [];

  constructor(readonly queue: string) {}

  /** The oldest first. */
  [Symbol.iterator](): IterableIterator<Job> {
    const own = [...loopWork.underWay].filter((run) => run instanceof JobRun && run.among === this);
    return own
      .toSorted((a, b) => a.startedAtMs - b.startedAtMs)
      .map((run) => (run as JobRun).job)
      .values();
  }

  /** @param nowMs by `performance.now()` */
  add(job: Job, nowMs: number): JobRun {
    const run = new JobRun(this, job, nowMs);
    loopWork.begin(run);
    this.size++;
    return run;
  }

  remove(run: JobRun, nowMs: number): void {
    loopWork.end(run, nowMs);
    if (--this.size === 0 && this.whenEmpty.length > 0)
      for (const resolve of this.whenEmpty.splice(0)) resolve();
  }

  /** The one with this id, if it runs. */
  find(id: string): Job | undefined {
    for (const job of this) if (job.id === id) return job;
    return undefined;
  }

  tellToStop(job: Job): void {
    this.told.add(job);
  }

  wasTold(job: Job): boolean {
    return this.told.has(job);
  }

  async empty(): Promise<void> {
    if (this.size === 0) return;
    return new Promise((resolve) => {
      this.whenEmpty.push(resolve);
    });
  }
}
