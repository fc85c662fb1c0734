import type { SafeLogger } from '../listeners/index.js';
import type { DrainService } from './drain.service.js';

/** Hooks of the app that have not ended by then, after the drain, are not waited for. */
const HOOKS_WITHIN_MS = 30_000;

/**
 * Closes the app as a SIGTERM would, and ends the process with a code of its own. Nest closes an app only from outside
 * or by a signal, and sends itself the signal again when its hooks have run: that is when this exits.
 *
 * @param hasClosed whether the app's shutdown hooks have begun
 */
export async function exitWith(
  code: number,
  drain: DrainService,
  logger: SafeLogger,
  hasClosed: () => boolean,
): Promise<void> {
  // Where hooks were enabled with `useProcessExit`, Nest exits with 0 itself.
  process.once('exit', () => {
    process.exitCode = code;
  });
  if (process.listenerCount('SIGTERM') === 0) {
    await drain.drain();
    process.exit(code);
  }
  process.on('SIGTERM', () => {
    if (hasClosed()) process.exit(code);
  });
  process.kill(process.pid, 'SIGTERM');
  await drain.drained;
  setTimeout(() => {
    logger.error(
      `the app has not closed within ${HOOKS_WITHIN_MS / 1000}s after it was drained: exit ${code}`,
    );
    process.exit(code);
  }, HOOKS_WITHIN_MS).unref();
}
