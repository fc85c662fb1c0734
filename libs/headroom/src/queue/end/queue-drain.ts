import type { Drainable, DrainTally } from '../../lifecycle/index.js';
import type { TrackedWorker } from '../worker/tracked-worker.js';
import type { WorkerDrain } from './worker-drain.js';

/** Lets the jobs of an app's workers end. Workers that are skipped are left to BullMQ, those of other apps to them. */
export class QueueDrain implements Drainable {
  private drains: readonly WorkerDrain[] = [];

  constructor(
    private readonly workers: ReadonlySet<TrackedWorker>,
    private readonly mayClose: (worker: TrackedWorker) => boolean,
  ) {}

  get isInUse(): boolean {
    return this.drainsOfAll().length > 0;
  }

  get running(): string[] {
    const drains = this.drains.length > 0 ? this.drains : this.drainsOfAll();
    return drains.flatMap((drain) => drain.running);
  }

  stopTaking(): void {
    this.drains = this.drainsOfAll();
    for (const drain of this.drains) drain.stopTaking();
  }

  async whenIdle(): Promise<void> {
    await Promise.all(this.drains.map(async (drain) => drain.whenIdle()));
  }

  cancel(): void {
    for (const drain of this.drains) drain.cancel();
  }

  async handBack(): Promise<void> {
    await Promise.all(this.drains.map(async (drain) => drain.handBack()));
  }

  async close(): Promise<void> {
    await Promise.all(this.drains.map(async (drain) => drain.close()));
  }

  tally(): DrainTally {
    const tallies = this.drains.map((drain) => drain.tally());
    return {
      finished: tallies.reduce((sum, { finished }) => sum + finished, 0),
      cancelled: tallies.flatMap(({ cancelled }) => cancelled),
      handedBack: tallies.flatMap(({ handedBack }) => handedBack),
      leftToLock: tallies.flatMap(({ leftToLock }) => leftToLock),
    };
  }

  private drainsOfAll(): WorkerDrain[] {
    return [...this.workers]
      .filter((worker) => !worker.settings.skip && this.mayClose(worker))
      .map(({ drain }) => drain);
  }
}
