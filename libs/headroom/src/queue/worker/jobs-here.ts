import type { Job } from 'bullmq';

/** That of the process, and no fake one of a test. */
const { setImmediate } = globalThis;
/** So many more than can be here, and those that have gone are looked for. */
const SPARE = 8;

/**
 * The jobs that one worker has taken and not let go of: until their end is written, which BullMQ's own list does not
 * tell.
 *
 * A job leaves when BullMQ tells that it has completed or failed; one that goes in another way (put off, handed back, its
 * end could not be written) is forgotten when somebody asks for it, or when there are some of them. A job that has stalled
 * before leaves when its promise settles, some microtasks after it is told of: retried at once, it could be back between.
 *
 * NOTE: two arrays, of few elements: a map of ids, or a callback for the end of each job, takes 0.3 microseconds per
 * job, a third of all that is done for it (measured, Node 20).
 */
export class JobsHere {
  private readonly jobs: Job[] = [];
  /** Of the same place in `jobs`: settles when the worker lets go of it. */
  private readonly ends: Promise<unknown>[] = [];

  /** @param most how many jobs can be here at once */
  constructor(private readonly most: () => number) {}

  comes(job: Job, end: Promise<unknown>): void {
    this.jobs.push(job);
    this.ends.push(end);
    if (job.stalledCounter > 0) this.forgetAfter(end, job);
    else if (this.jobs.length > this.most() + SPARE) this.forgetThoseThatHaveGone();
  }

  /** BullMQ tells that it has completed or failed. */
  hasEnded(job: Job): void {
    if (job.stalledCounter === 0) this.forget(job);
  }

  /** Whether one with this id may be here: "no" is certain. */
  mayHave(id: string): boolean {
    return this.placeOf(id) >= 0;
  }

  /** Whether one with this id is here, and still is in the next turn of the event loop. Never rejects. */
  async has(id: string): Promise<boolean> {
    for (let place = this.placeOf(id); place >= 0; place = this.placeOf(id)) {
      const job = this.jobs[place]!;
      if (await isPending(this.ends[place]!)) return this.jobs.includes(job);
      this.forget(job);
    }
    return false;
  }

  /** Whether none is here. What has gone unnoticed is forgotten by that: it counts until the next turn. */
  haveAllGone(): boolean {
    this.forgetThoseThatHaveGone();
    return this.jobs.length === 0;
  }

  private placeOf(id: string): number {
    return this.jobs.findIndex((job) => job.id === id);
  }

  private forgetThoseThatHaveGone(): void {
    for (const [place, job] of this.jobs.entries()) this.forgetAfter(this.ends[place]!, job);
  }

  private forgetAfter(end: Promise<unknown>, job: Job): void {
    const forget = (): void => this.forget(job);
    end.then(forget, forget);
  }

  private forget(job: Job): void {
    const place = this.jobs.indexOf(job);
    if (place < 0) return;
    const [lastJob, lastEnd] = [this.jobs.pop()!, this.ends.pop()!];
    if (place === this.jobs.length) return;
    this.jobs[place] = lastJob;
    this.ends[place] = lastEnd;
  }
}

const no = (): boolean => false;

async function isPending(end: Promise<unknown>): Promise<boolean> {
  const turned = new Promise<boolean>((resolve) => setImmediate(resolve, true));
  return Promise.race([end.then(no, no), turned]);
}
