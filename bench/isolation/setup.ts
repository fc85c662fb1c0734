import type { Contestant } from './contestants.js';

/** What the app's process is told. */
export interface Setup {
  readonly contestant: Contestant;
  readonly concurrency: number;
  readonly tasks: number;
  readonly redisPort: number;
}

/** What it measures. */
export interface Output {
  /** From the order to the result of an empty task: the first one ever, and the median of those after it. */
  readonly firstMs: number;
  readonly nextMs: number;
  readonly tasksPerSecond: number;
  /** How late the app's own loop was while the tasks ran. */
  readonly loopP99Ms: number;
  readonly loopMaxMs: number;
  /** The same with nothing to do: the noise of the machine. */
  readonly idleP99Ms: number;
  /** Of each child process that waits for work, or what each thread has added to the app; NaN where none is kept. */
  readonly rssMb: number;
  /** The part of it that no other process shares; NaN for threads. */
  readonly ownMb: number;
}
