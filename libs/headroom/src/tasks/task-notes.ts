import { type MemoryFacts, NOWHERE, type Placed, type WorkOutcome, type WorkRun } from '../vitals/index.js';
import type { TaskEndFacts, TaskStartFacts } from './task-facts.js';

/** What is noted of one task while it runs. */
export class TaskNotes implements Placed {
  place = NOWHERE;
  concurrency = 1;
  /** Started by a hook, while that was called. */
  isOfHook = false;
  private peakRssBytes: number;
  private startedAtEpoch: number | undefined;

  /**
   * @param before memory at its start
   * @param isLogged whether it has lines
   * @param isElsewhere it runs in another process: what this one uses says nothing of it
   */
  constructor(
    readonly run: WorkRun,
    readonly before: MemoryFacts,
    readonly isLogged: boolean,
    readonly isElsewhere: boolean,
  ) {
    this.peakRssBytes = before.rssBytes;
  }

  sawRss(bytes: number): void {
    if (bytes > this.peakRssBytes) this.peakRssBytes = bytes;
  }

  startFacts(): TaskStartFacts {
    const { kind, name } = this.run;
    return { kind, name, startedAt: this.startedAt, memory: this.before };
  }

  endFacts(outcome: WorkOutcome, error: unknown, memory: MemoryFacts): TaskEndFacts {
    const { before, peakRssBytes, concurrency } = this;
    return {
      ...this.startFacts(),
      before,
      memory,
      outcome,
      error: outcome === 'failed' ? error : undefined,
      durationMs: performance.now() - this.run.startedAtMs,
      peakRssBytes,
      concurrency,
    };
  }

  /** The same in all facts, also when the clock is set meanwhile. */
  private get startedAt(): number {
    return (this.startedAtEpoch ??= Math.round(Date.now() - (performance.now() - this.run.startedAtMs)));
  }
}
