import type { Job } from 'bullmq';

import { loopWork } from '../../vitals/index.js';
import { JobRun } from './job-run.js';

/** The jobs of one worker that run now. */
export class RunningJobs {
  private readonly runs = new Map<Job, JobRun>();
  /** Told to stop: how they end is no failure. */
  private readonly told = new WeakSet<Job>();
  private whenEmpty: (() => void)[] = [];

  constructor(private readonly queue: string) {}

  get size(): number {
    return this.runs.size;
  }

  [Symbol.iterator](): IterableIterator<Job> {
    return this.runs.keys();
  }

  add(job: Job): JobRun {
    const run = new JobRun(this.queue, job, performance.now());
    this.runs.set(job, run);
    loopWork.begin(run);
    return run;
  }

  remove(job: Job): void {
    const run = this.runs.get(job);
    if (run) loopWork.end(run);
    this.runs.delete(job);
    if (this.runs.size === 0) for (const resolve of this.whenEmpty.splice(0)) resolve();
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
