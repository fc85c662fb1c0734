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

/** Whose options they are: how the message begins, and what it advises at its end. */
export interface OptionsPlace {
  readonly failure: string;
  readonly advice: string;
}

const OF_THE_MODULE: OptionsPlace = {
  failure: 'ResilienceModule cannot start',
  advice: 'Correct the options given to ResilienceModule.forRoot() or forRootAsync().',
};

/**
 * Thrown when options cannot be used: at startup, or by a health check. Lists every problem at once, so that a
 * configuration is mended in one go.
 *
 * @publicApi
 */
export class InvalidOptionsError extends ResilienceError {
  readonly code = 'RESILIENCE_INVALID_OPTIONS';

  constructor(
    readonly problems: readonly OptionProblem[],
    { failure, advice }: OptionsPlace = OF_THE_MODULE,
  ) {
    const lines = problems.map((p) => `  - ${p.option}: received ${p.received}; allowed: ${p.allowed}`);
    super(
      `${failure}: ${problems.length} invalid option${problems.length === 1 ? '' : 's'}.\n` +
        `${lines.join('\n')}\n${advice}`,
    );
  }
}
