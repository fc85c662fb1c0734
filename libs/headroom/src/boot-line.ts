import { formatMb } from './units/index.js';
import type { Contradiction, MemoryLimits } from './vitals/index.js';

export interface BootFacts {
  readonly mode: string;
  readonly limits: MemoryLimits;
  /** Share of the limit at which pressure is critical. */
  readonly critical: number;
  readonly isGuarding: boolean;
  /** Queue names of the wrapped workers, one per worker. */
  readonly queues: readonly string[];
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

function describeWrapped({ isGuarding, queues, scheduledTasks }: BootFacts): string {
  const parts = [
    isGuarding ? 'all routes' : '',
    queues.length > 0 ? `${count(queues.length, 'queue worker')} (${[...new Set(queues)].join(', ')})` : '',
    scheduledTasks > 0 ? count(scheduledTasks, 'scheduled task') : '',
  ].filter((part) => part !== '');
  return parts.length > 0 ? parts.join(', ') : 'nothing';
}

function count(many: number, noun: string): string {
  return `${many} ${noun}${many === 1 ? '' : 's'}`;
}
