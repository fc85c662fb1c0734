import { setTimeout as wait } from 'node:timers/promises';

/** One that waits longer, for its backend, does not keep the others. */
const WAIT_FOR_OTHERS_MS = 250;

interface Leaving {
  readonly arrival: number;
  readonly go: () => void;
}

/**
 * The order in which jobs of one worker go back to their queue: the last that came goes first, for each goes to the front.
 * They let go one by one, those at the gate the first that came first: so each waits here until all have.
 */
export class LastFirst {
  private leaving: Leaving[] = [];

  /** @param othersGone resolves when no job of the worker waits any more for its start */
  constructor(private readonly othersGone: () => Promise<void>) {}

  /** Resolves when it is its turn. */
  async turn(arrival: number): Promise<void> {
    return new Promise((go) => {
      this.leaving.push({ arrival, go });
      if (this.leaving.length === 1) void this.whenAllHaveCome();
    });
  }

  private async whenAllHaveCome(): Promise<void> {
    await Promise.race([this.othersGone(), wait(WAIT_FOR_OTHERS_MS, undefined, { ref: false })]);
    const all = this.leaving.toSorted((a, b) => b.arrival - a.arrival);
    this.leaving = [];
    for (const { go } of all) go();
  }
}
