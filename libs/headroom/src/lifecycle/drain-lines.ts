import type { DrainTally } from './drainable.js';

const MAX_NAMES = 5;

/** `draining: readiness is down, no job starts; 3 jobs run (reports:build#17, ...) and have 20s to end` */
export function formatDrainStart(running: readonly string[], timeoutMs: number): string {
  const waits =
    running.length === 0
      ? 'no job runs'
      : `${jobs(running.length)} (${names(running)}) may end within ${seconds(timeoutMs)}`;
  return `draining: readiness is down, no job starts; ${waits}`;
}

/**
 * `drained in 20.4s: 11 jobs finished; 1 job cancelled and back in the queue (reports:build#17)`
 *
 * @param moreSignals that came while it lasted
 */
export function formatDrainEnd(tallies: readonly DrainTally[], tookMs: number, moreSignals = 0): string {
  const finished = tallies.reduce((sum, tally) => sum + tally.finished, 0);
  const parts = [
    `${jobs(finished)} finished`,
    part(tallies, 'cancelled', 'cancelled and back in the queue'),
    part(tallies, 'handedBack', 'did not heed the signal and went back to the queue, to run elsewhere'),
    part(tallies, 'leftToLock', 'could not go back and will run elsewhere when the lock has run out'),
  ];
  const hurried = moreSignals > 0 ? ', cut short by another signal' : '';
  return `drained in ${seconds(tookMs)}${hurried}: ${parts.filter(Boolean).join('; ')}`;
}

/** Whether work was cut off, so that the line is a warning. */
export function wasCutOff({ cancelled, handedBack, leftToLock }: DrainTally): boolean {
  return cancelled.length + handedBack.length + leftToLock.length > 0;
}

function part(
  tallies: readonly DrainTally[],
  key: 'cancelled' | 'handedBack' | 'leftToLock',
  what: string,
): string {
  const all = tallies.flatMap((tally) => tally[key]);
  return all.length === 0 ? '' : `${jobs(all.length)} ${what} (${names(all)})`;
}

function names(all: readonly string[]): string {
  const shown = all.slice(0, MAX_NAMES).join(', ');
  return all.length > MAX_NAMES ? `${shown} and ${all.length - MAX_NAMES} more` : shown;
}

function jobs(count: number): string {
  return `${count} job${count === 1 ? '' : 's'}`;
}

function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)}ms` : `${Number((ms / 1000).toFixed(1))}s`;
}
