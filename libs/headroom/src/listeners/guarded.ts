import { inspect } from 'node:util';

/** What is needed of a logger here. */
interface ErrorLog {
  error(line: string): void;
}

/** Logs the first fault of something, and stays silent about the next ones. Never throws. */
export class FaultLog {
  private hasFailed = false;

  constructor(
    private readonly logger: ErrorLog,
    private readonly doing: string,
  ) {}

  report(error: unknown): void {
    if (this.hasFailed) return;
    this.hasFailed = true;
    try {
      this.logger.error(`${this.doing} failed; it will not be reported again. ${describeError(error)}`);
    } catch {
      // A logger that throws must not make it worse.
    }
  }
}

/**
 * The same function, but what it throws is logged once and swallowed. For our own work behind a timer or a
 * stream, where a throw would end as an uncaught exception of the app that we protect.
 */
export function guarded<Args extends unknown[]>(
  logger: ErrorLog,
  doing: string,
  work: (...args: Args) => void,
): (...args: Args) => void {
  const faults = new FaultLog(logger, doing);
  return (...args) => {
    try {
      work(...args);
    } catch (error) {
      faults.report(error);
    }
  };
}

/** Any thrown value as text; some cannot even be made a string. */
export function describeError(error: unknown): string {
  try {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  } catch {
    return inspect(error);
  }
}
