import type { Job } from 'bullmq';

import type { Admission, HeldJob } from '../../admission/index.js';
import type { SafeLogger } from '../../listeners/index.js';
import { NOWHERE, type Placed, Roster } from '../../vitals/index.js';

/** A job that does not start at once. */
export interface WaitingJob extends Placed {
  readonly job: Job;
}

/** A held job, and whether it may be started again elsewhere. */
interface Hold {
  readonly held: HeldJob;
  readonly mayGiveBack: boolean;
  /** It has been let go, and will have left soon. */
  isGoing: boolean;
}

/** The jobs of one worker that have not started yet, with their locks: some are held, some are on their way. */
export class HeldHere {
  private readonly waiting = new Roster<WaitingJob>();
  private readonly holds = new Set<Hold>();
  private whenEmpty: (() => void)[] = [];

  constructor(
    private readonly queue: string,
    private readonly logger: SafeLogger,
  ) {}

  /** How many are held. */
  get size(): number {
    return this.holds.size;
  }

  get isEmpty(): boolean {
    return this.waiting.size === 0;
  }

  /** Those that wait until others of their kind have shown what they take. */
  get learning(): number {
    return [...this.holds].filter(({ held }) => held.reason === 'window').length;
  }

  find(jobId: string): Job | undefined {
    for (const { job } of this.waiting) if (job.id === jobId) return job;
    return undefined;
  }

  /** A job does not start at once. */
  enter(waiting: WaitingJob): void {
    if (waiting.place === NOWHERE) this.waiting.add(waiting);
  }

  /** It starts now, or does not start. */
  leave(waiting: WaitingJob): void {
    this.waiting.remove(waiting);
    if (this.whenEmpty.length > 0 && this.isEmpty) for (const resolve of this.whenEmpty.splice(0)) resolve();
  }

  /** Waits with a held job until it may start. */
  async during(held: HeldJob, mayGiveBack: boolean): Promise<Admission> {
    const hold = { held, mayGiveBack, isGoing: false };
    this.holds.add(hold);
    try {
      return await held.admitted;
    } finally {
      this.holds.delete(hold);
    }
  }

  /**
   * Lets the held jobs go: a worker that closes or pauses waits for its active jobs, and they count. Back to the
   * queue, the last one first, because each goes to the front. One that may not be started again runs here when
   * the worker closes; by force it does not: nobody would write its end.
   */
  letGo(why: 'pauses' | 'closes' | 'closes by force'): void {
    const leaving = [...this.holds].filter(({ mayGiveBack, isGoing }) => mayGiveBack && !isGoing).length;
    if (leaving > 0) {
      this.logger.log(`queue "${this.queue}": ${leaving} held jobs go back, its worker ${why}`);
    }
    for (const hold of [...this.holds].toReversed()) {
      const { held, mayGiveBack } = hold;
      hold.isGoing ||= mayGiveBack;
      if (mayGiveBack || why === 'closes by force') held.giveBack();
      else if (why === 'closes') held.letGo();
    }
  }

  async empty(): Promise<void> {
    if (this.isEmpty) return;
    return new Promise((resolve) => {
      this.whenEmpty.push(resolve);
    });
  }
}
