import type { Job } from 'bullmq';

/** When a job ran; milliseconds since the epoch. */
export interface JobSpan {
  readonly job: Job;
  readonly startedAt: number;
  /** `Infinity` while it runs. */
  readonly endedAt: number;
}

/** The jobs of one worker that run now. */
export class RunningJobs {
  private readonly startedAt = new Map<Job, number>();
  /** Told to stop: how they end is no failure. */
  private readonly told = new WeakSet<Job>();
  private whenEmpty: (() => void)[] = [];
  private lastEnded: Job | undefined;
  private lastStartedAt = 0;
  private lastEndedAt = 0;

  get size(): number {
    return this.startedAt.size;
  }

  [Symbol.iterator](): IterableIterator<Job> {
    return this.startedAt.keys();
  }

  add(job: Job, now: number): void {
    this.startedAt.set(job, now);
  }

  remove(job: Job, now: number): void {
    this.lastEnded = job;
    this.lastStartedAt = this.startedAt.get(job) ?? now;
    this.lastEndedAt = now;
    this.startedAt.delete(job);
    if (this.startedAt.size === 0) for (const resolve of this.whenEmpty.splice(0)) resolve();
  }

  /** The one with this id, if it runs. */
  find(id: string): Job | undefined {
    for (const job of this) if (job.id === id) return job;
    return undefined;
  }

  /** Those that run, and the one that ended last. */
  spans(): JobSpan[] {
    const running = [...this.startedAt].map(([job, startedAt]) => ({ job, startedAt, endedAt: Infinity }));
    const { lastEnded: job, lastStartedAt: startedAt, lastEndedAt: endedAt } = this;
    return job ? [...running, { job, startedAt, endedAt }] : running;
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

/** `reports:build#17` */
export function nameOf(queue: string, { name, id }: Job): string {
  return `${queue}:${name}#${id}`;
}
