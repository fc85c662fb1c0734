import type { Child } from 'bullmq';
import type { ChildProcess } from 'node:child_process';

/** A grandchild that has inherited stderr keeps it open for as long as it lives. */
const MAX_MS = 250;

/**
 * BullMQ fails a job at the event `exit` of its process, when the last lines on stderr, those which say why, are still on
 * their way: it comes with `close`, or after a quarter of a second. Not for a process that has nothing to do: it is to
 * leave the pool at once.
 */
export function holdExit(process: ChildProcess, child: Child, isBusy: () => boolean): void {
  const emit = process.emit.bind(process) as (event: string, ...args: unknown[]) => boolean;
  let release: (() => void) | undefined;
  const holding = (event: string, ...args: unknown[]): boolean => {
    if (event === 'exit' && !release && isBusy()) {
      const [code, signal] = args;
      // NOTE: for whoever asks meanwhile: BullMQ would give it the next job, or wait for its end.
      Object.assign(child, { _exitCode: code, _signalCode: signal ?? null, _killed: true });
      release = () => {
        release = () => undefined;
        clearTimeout(timer);
        emit('exit', ...args);
      };
      const timer = setTimeout(() => release?.(), MAX_MS);
      return true;
    }
    if (event === 'close') release?.();
    return emit(event, ...args);
  };
  Object.assign(process, { emit: holding });
}
