import type { Results } from '../support/contest.js';
import type { Latency } from '../support/probe.js';
import type { Cell } from './cells.js';
import type { Contestant } from './contestants.js';

/** What the worker process is told. */
export interface Setup {
  readonly contestant: Contestant;
  readonly cell: Cell;
  readonly redisPort: number;
}

/** What one lap takes. */
export interface Lap {
  readonly jobsPerSecond: number;
  /** CPU time of the process, all threads, per job. */
  readonly cpuMicrosPerJob: number;
  /** At the end. */
  readonly rssMb: number;
}

/** What all contestants brought in. */
export interface CellResult {
  readonly cell: Cell;
  readonly laps: Results<Contestant, Lap>;
  readonly latencies: Results<Contestant, Latency>;
}

/** In one Redis each contestant has queues of its own. */
export function prefixOf(contestant: Contestant): string {
  return contestant.replaceAll(' ', '-');
}
