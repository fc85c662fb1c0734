import type { Job } from 'bullmq';

import type { WorkUnderWay } from '../../vitals/index.js';

/** A job that runs, as the event loop knows it. Its name is made when it is asked for. */
export class JobRun implements WorkUnderWay {
  readonly kind = 'job';

  constructor(
    private readonly queue: string,
    readonly job: Job,
    readonly startedAtMs: number,
  ) {}

  get label(): string {
    return `${this.queue}:${this.job.name}`;
  }

  get name(): string {
    return nameOf(this.queue, this.job);
  }
}

/** `reports:build#17` */
export function nameOf(queue: string, { name, id }: Job): string {
  return `${queue}:${name}#${id}`;
}
