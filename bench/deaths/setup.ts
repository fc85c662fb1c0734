import type { Contestant } from './contestants.js';
import type { Death } from './deaths.js';

/** What the app's process is told. */
export interface Setup {
  readonly contestant: Contestant;
  readonly death: Death;
  readonly redisPort: number;
  /** Apps run side by side. */
  readonly queue: string;
}

/** How the job ended. */
export interface JobEnd {
  readonly state: 'completed' | 'failed';
  /** Why it failed; or its result. */
  readonly text: string;
}
