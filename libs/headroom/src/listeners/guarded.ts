import type { Logger } from '@nestjs/common';

/**
 * The same function, but what it throws is logged once and swallowed. For our own work behind a timer or a
 * stream, where a throw would end as an uncaught exception of the app that we protect.
 */
export function guarded<Args extends unknown[]>(
  logger: Logger,
  doing: string,
  work: (...args: Args) => void,
): (...args: Args) => void {
  let hasFailed = false;
  return (...args) => {
    try {
      work(...args);
    } catch (error) {
      if (hasFailed) return;
      hasFailed = true;
      logger.error(`${doing} failed; it will not be reported again. ${describeError(error)}`);
    }
  };
}

export function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
