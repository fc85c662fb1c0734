import { formatMb } from './units/index.js';
import type { Contradiction, MemoryLimits } from './vitals/index.js';

export interface BootFacts {
  readonly mode: string;
  readonly limits: MemoryLimits;
  /** Share of the limit at which pressure is critical. */
  readonly critical: number;
  /** Which routes are guarded; none in an app without HTTP. */
  readonly guards: 'all' | 'by-decorator' | 'none';
  /** The wrapped workers, by the names of their queues. */
  readonly workers: readonly { readonly queue: string; readonly isSkipped: boolean }[];
  readonly scheduledTasks: number;
  readonly contradictions: readonly Contradiction[];
}

/**
 * The line that tells at boot which limits are in force, what is protected, and what does not fit together.
 *
 * `memory limit 512MB (cgroup-v2, /sys/fs/cgroup/memory.max), heap ceiling 259MB, budget 461MB; wrapped: all routes`
 */
export function formatBootLine(facts: BootFacts): string {
  const { limits, critical, mode } = facts;
  const { effective, heapCeilingBytes } = limits;
  const found = facts.contradictions.map(({ message }) => message);
  return (
    `${mode === 'observe' ? 'observing only: ' : ''}memory limit ${formatMb(effective.bytes)} (${effective.source}, ` +
    `${effective.detail}), heap ceiling ${formatMb(heapCeilingBytes)}, budget ${formatMb(effective.bytes * critical)}; ` +
    `wrapped: ${describeWrapped(facts)}${found.length > 0 ? `; found: ${found.join(' ')}` : ''}`
  );
}

const GUARDED: Record<BootFacts['guards'], string> = {
  all: 'all routes',
  'by-decorator': 'routes with @UseGuards(MemoryBudgetGuard)',
  none: '',
};

function describeWrapped({ guards, workers, scheduledTasks }: BootFacts): string {
  const wrapped = workers.filter(({ isSkipped }) => !isSkipped);
  const skipped = namesOf(workers.filter(({ isSkipped }) => isSkipped));
  const parts = [
    GUARDED[guards],
    wrapped.length > 0 ? `${count(wrapped.length, 'queue worker')} (${namesOf(wrapped)})` : '',
    scheduledTasks > 0 ? count(scheduledTasks, 'scheduled task') : '',
  ].filter((part) => part !== '');
  return (parts.join(', ') || 'nothing') + (skipped && `; skipped: ${skipped}`);
}

function namesOf(workers: BootFacts['workers']): string {
  return [...new Set(workers.map(({ queue }) => queue))].join(', ');
}

function count(many: number, noun: string): string {
  return `${many} ${noun}${many === 1 ? '' : 's'}`;
}
