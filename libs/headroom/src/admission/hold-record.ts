import { type Observable, Subject } from 'rxjs';

import type { SafeLogger } from '../listeners/index.js';
import type { PressureVerdict } from '../pressure/index.js';
import type { HeldJobs, Waiter } from './held-jobs.js';
import { HoldLog } from './hold-log.js';
import type { JobCounters, JobEvent } from './job-events.js';

type Held = Pick<Waiter, 'owner' | 'cost' | 'reason'>;

/** Counts, logs and tells what is done with jobs that do not start at once. */
export class HoldRecord {
  private readonly log: HoldLog;
  private readonly subject = new Subject<JobEvent>();
  private held = 0;
  private putOff = 0;
  private waitedMs = 0;

  readonly events: Observable<JobEvent> = this.subject.asObservable();

  constructor(
    logger: SafeLogger,
    private readonly isObserving: boolean,
  ) {
    this.log = new HoldLog(logger, isObserving);
  }

  get counters(): Omit<JobCounters, 'admitted'> {
    return { held: this.held, waitedMs: this.waitedMs, putOff: this.putOff };
  }

  /** A job is held, or would be. */
  hold(job: Held, verdict: PressureVerdict): void {
    this.held++;
    this.log.held(job.reason, job.cost.key, verdict);
    this.tell(this.isObserving ? 'would-hold' : 'held', job, 0);
  }

  /** A job is held no longer. */
  release(kind: 'started' | 'put-off' | 'given-back', waiter: Waiter): void {
    const waitedMs = performance.now() - waiter.since;
    this.waitedMs += waitedMs;
    if (kind === 'put-off') {
      this.putOff++;
      this.log.putOff(waiter.owner.queue, waitedMs);
    }
    this.tell(kind, waiter, waitedMs);
  }

  reviewed(held: HeldJobs, verdict: PressureVerdict): void {
    if (held.first) this.log.stillHeld(held.size, held.first, verdict);
    else this.log.noneHeld(verdict);
  }

  complete(): void {
    this.subject.complete();
  }

  private tell(kind: JobEvent['kind'], { owner, cost, reason }: Held, waitedMs: number): void {
    if (!this.subject.observed) return;
    this.subject.next({ kind, queue: owner.queue, work: cost.key, reason, waitedMs });
  }
}
