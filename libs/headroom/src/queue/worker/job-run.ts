import type { Job } from 'bullmq';

import { NOWHERE, type WorkRun } from '../../vitals/index.js';

/** A job that runs: one object for all who look at it. Its name is made when it is asked for. */
export class JobRun implements WorkRun {
  readonly kind = 'job';
  place = NOWHERE;
  notes: unknown = undefined;

  constructor(
    readonly among: { readonly queue: string },
    readonly job: Job,
    /** By `performance.now()`. */
    readonly startedAtMs: number,
  ) {}

  /** What jobs of its kind have in common: `reports:build`. */
  get label(): string {
    return `${this.among.queue}:${this.job.name}`;
  }

  get name(): string {
    return nameOf(this.among.queue, this.job);
  }
}

/** `reports:build#17` */
export function nameOf(queue: string, { name, id }: Job): string {
  return `${queue}:${name}#${id}`;
}
