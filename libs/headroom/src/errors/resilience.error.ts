/**
 * Base of every error that Headroom throws. The message says what happened, why, and what to do.
 *
 * @publicApi
 */
export abstract class ResilienceError extends Error {
  /** Stable, machine-readable: safe to match on, unlike the message. */
  abstract readonly code: `RESILIENCE_${string}`;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}
