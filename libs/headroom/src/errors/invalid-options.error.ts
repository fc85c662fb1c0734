import { ResilienceError } from './resilience.error.js';

/**
 * One thing that is wrong with the options.
 *
 * @publicApi
 */
export interface OptionProblem {
  /** Path of the option, for example `memory.limit`. */
  readonly option: string;
  /** What was given, as it would be written in code. */
  readonly received: string;
  /** What may be given instead. */
  readonly allowed: string;
}

/**
 * Thrown at startup when options cannot be used. Lists every problem at once, so that a
 * configuration is mended in one go.
 *
 * @publicApi
 */
export class InvalidOptionsError extends ResilienceError {
  readonly code = 'RESILIENCE_INVALID_OPTIONS';

  constructor(readonly problems: readonly OptionProblem[]) {
    const lines = problems.map((p) => `  - ${p.option}: received ${p.received}; allowed: ${p.allowed}`);
    super(
      `ResilienceModule cannot start: ${problems.length} invalid option${problems.length === 1 ? '' : 's'}.\n` +
        `${lines.join('\n')}\nCorrect the options given to ResilienceModule.forRoot() or forRootAsync().`,
    );
  }
}
