/** What became of the work that ran when the drain began. */
export interface DrainTally {
  /** Ended by itself, well or not. */
  readonly finished: number;
  /** Ended when it was told to, and went back to its queue; `reports:build#17`. */
  readonly cancelled: readonly string[];
  /** Ran on, and was given back all the same. */
  readonly handedBack: readonly string[];
  /** Could not be given back: its lock runs out, then it runs elsewhere. */
  readonly leftToLock: readonly string[];
}

/** Work that a shutdown waits for. Its methods are called in this order, each once, and never throw. */
export interface Drainable {
  /** Whether there is anything that could run; asked before all else. */
  readonly isInUse: boolean;
  /** From now on nothing new starts; what waits goes back. */
  stopTaking(): void;
  /** Names of what runs. */
  readonly running: readonly string[];
  /** Resolves when nothing runs. */
  whenIdle(): Promise<void>;
  /** Tells what runs to stop. */
  cancel(): void;
  /** Gives back what runs on. */
  handBack(): Promise<void>;
  /** Closes its connections. */
  close(): Promise<void>;
  tally(): DrainTally;
}
