import type { ChildProcess } from 'node:child_process';

/** How a process ended. */
export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** It could not be started, or not be talked to. */
  readonly error?: unknown;
}

/** A grandchild may hold the pipes open for ever. */
const LAST_WORDS_MS = 500;

/**
 * Resolves when a process is gone and its last words on stderr are read, which come after its `exit`. Never rejects. A
 * process that could not be started has no `exit`.
 * NOTE: not at `close`, which does not come once the channel was closed from this side.
 */
export async function exitOf(child: ChildProcess): Promise<ChildExit> {
  return new Promise((resolve) => {
    let fault: unknown;
    child.on('error', (error) => {
      fault ??= error;
      if (child.pid === undefined) resolve({ code: null, signal: null, error: fault });
    });
    child.once('exit', (code, signal) => {
      const exit = { code, signal, ...(fault === undefined ? {} : { error: fault }) };
      const { stderr } = child;
      if (!stderr || stderr.closed) return resolve(exit);
      const timer = setTimeout(() => resolve(exit), LAST_WORDS_MS);
      stderr.once('close', () => {
        clearTimeout(timer);
        resolve(exit);
      });
    });
  });
}
