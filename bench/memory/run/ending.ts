/** How a run ended for the process that was measured. Everything but `survived` is a result too. */
export type Fate = 'survived' | 'killed by the kernel' | 'out of heap' | 'crashed' | 'hung';

export interface Ending {
  readonly fate: Fate;
  /** As a shell would tell it: 128 + signal, or the exit code. */
  readonly exit: string;
  /** Processes that the kernel killed in the cgroup. */
  readonly oomKills: number;
  /** The most that the cgroup ever held, page cache included. */
  readonly peakMb: number;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export function fateOf(exit: Exit | undefined, oomKills: number, hasTimedOut: boolean): Fate {
  if (oomKills > 0) return 'killed by the kernel';
  if (exit !== undefined) return exit.signal === 'SIGABRT' ? 'out of heap' : 'crashed';
  return hasTimedOut ? 'hung' : 'survived';
}

export function describeExit(exit: Exit | undefined): string {
  if (exit === undefined) return '-';
  return exit.signal ?? `exit ${exit.code}`;
}
