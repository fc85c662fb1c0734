import { ResilienceError } from './resilience.error.js';

/**
 * Thrown at startup when the probe thread cannot listen on the port and host of the option `probe`.
 *
 * @publicApi
 */
export class ProbeNotListeningError extends ResilienceError {
  readonly code = 'RESILIENCE_PROBE_NOT_LISTENING';

  constructor(
    readonly port: number,
    readonly host: string | undefined,
    cause: { readonly code?: string | undefined; readonly message: string },
  ) {
    const where = host === undefined ? `port ${port}` : `port ${port} of ${host}`;
    super(
      cause.code === 'EADDRINUSE'
        ? `The probe thread cannot listen on ${where}: another process, or the app itself, does. Give probe.port a port ` +
            `of its own; processes that share a machine need one each (probe: { port: 9090 + worker number }).`
        : `The probe thread cannot listen on ${where}: ${cause.message}. Correct probe.port or probe.host.`,
      { cause },
    );
  }
}
