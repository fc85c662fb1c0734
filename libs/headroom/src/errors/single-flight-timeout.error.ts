import { inspect } from 'node:util';

import { ResilienceError } from './resilience.error.js';

/**
 * What a caller of `SingleFlight` gets at its deadline when there is nothing to serve instead. The computation goes on,
 * and what comes of it is kept for the next ones where a `ttlMs` says so.
 *
 * @publicApi
 */
export class SingleFlightTimeoutError extends ResilienceError {
  readonly code = 'RESILIENCE_SINGLE_FLIGHT_TIMEOUT';

  constructor(
    readonly key: unknown,
    readonly deadlineMs: number,
  ) {
    super(
      `The shared computation for ${inspect(key, { depth: 0, breakLength: Infinity }).slice(0, 80)} took longer than its deadline of ${deadlineMs}ms, and there is ` +
        `nothing to serve instead: it goes on behind. Raise deadlineMs, or give a fallback that always has a value: ` +
        `{ value } or a function.`,
    );
  }
}
