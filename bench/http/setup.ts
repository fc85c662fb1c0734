import type { Contestant, Platform } from './contestants.js';

/** What the server process is told. */
export interface Setup {
  readonly platform: Platform;
  readonly contestant: Contestant;
}
