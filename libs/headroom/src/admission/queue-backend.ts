/**
 * What Redis or Postgres tells about a queue, for all machines together.
 *
 * @publicApi
 */
export interface QueueBackendReport {
  /** Whether somebody has paused it for all workers, by `queue.pause()`. */
  readonly paused: boolean;
  /** Jobs that could start now, prioritized ones and those of a paused queue among them. */
  readonly waiting: number;
  /** Jobs that a worker has taken. */
  readonly active: number;
  /** Jobs whose time has not come. */
  readonly delayed: number;
  /** Jobs that failed for good and are kept. */
  readonly failed: number;
  /**
   * Milliseconds since the oldest waiting job was added, or its delay was over; after a failed attempt, since that
   * attempt began. `null` when none waits.
   */
  readonly ageOfOldestWaitingMs: number | null;
  /** Workers of this queue that are connected. `null` where the backend does not tell, as some Redis services. */
  readonly workersConnected: number | null;
}

/** What came of a question. */
export interface BackendAnswer {
  /** How long the answer took; without one, how long the question has been open, or after what time it failed. */
  readonly tookMs: number;
  /** `undefined` when there was no answer in time, or an error. */
  readonly report: QueueBackendReport | undefined;
}

/** A queue as its backend knows it. Workers of a process that share a queue share this. */
export interface QueueBackend {
  readonly queue: string;
  /** Answers within the timeout and never rejects. */
  ask(timeoutMs: number): Promise<BackendAnswer>;
}
