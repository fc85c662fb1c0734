import type { Contestant } from './contestants.js';

export const TASK_MS = 50;

/** One row of the table per contestant. */
export interface Cell {
  /** Tasks at once, and processes or threads for them. */
  readonly concurrency: number;
  readonly rounds: number;
}

const CONCURRENCIES = [1, 2] as const;

export function cells(isQuick: boolean): readonly Cell[] {
  return CONCURRENCIES.map((concurrency) => ({ concurrency, rounds: isQuick ? 1 : 3 }));
}

/** Fewer of those that each start a process. */
export function tasksOf(contestant: Contestant, { concurrency }: Cell): number {
  return (contestant === 'headroom-cold' ? 8 : 20) * concurrency;
}
