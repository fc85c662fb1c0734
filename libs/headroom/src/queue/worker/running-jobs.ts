import type { Job } from 'bullmq';

/** When a job ran; milliseconds since the epoch. */
export interface JobSpan {
  readonly job: Job;
  readonly startedAt: number;
  /** `Infinity` while it runs. */
  readonly endedAt: number;
}

/** Jobs that ran for less have blocked nothing that matters. */
const LONG_MS = 250;
const MAX_REMEMBERED = 16;

/** The jobs of one worker that run now. */
export class RunningJobs {
  private readonly startedAt = new Map<Job, number>();
  /** Told to stop: how they end is no failure. */
  private readonly told = new WeakSet<Job>();
  private whenEmpty: (() => void)[] = [];
  private readonly ended: JobSpan[] = [];

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
    const startedAt = this.startedAt.get(job) ?? now;
    this.startedAt.delete(job);
    if (now - startedAt >= LONG_MS) this.remember({ job, startedAt, endedAt: now });
    if (this.startedAt.size === 0) for (const resolve of this.whenEmpty.splice(0)) resolve();
  }

  /** The one with this id, if it runs. */
  find(id: string): Job | undefined {
    for (const job of this) if (job.id === id) return job;
    return undefined;
  }

  /** Those that run, and the last that ended after a while. */
  spans(): JobSpan[] {
    const running = [...this.startedAt].map(([job, startedAt]) => ({ job, startedAt, endedAt: Infinity }));
    return [...running, ...this.ended];
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

  private remember(span: JobSpan): void {
    this.ended.push(span);
    if (this.ended.length > MAX_REMEMBERED) this.ended.shift();
  }
}

/** `reports:build#17` */
export function nameOf(queue: string, { name, id }: Job): string {
  return `${queue}:${name}#${id}`;
}
