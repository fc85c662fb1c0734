import type { Verdict } from '../../support/verdict.js';
import type { Ending } from './ending.js';

export function isUnharmed(rounds: readonly Ending[]): boolean {
  return rounds.every(({ fate }) => fate === 'survived');
}

/** `survived`, or what became of it and how often: `killed by the kernel 2 of 3 (SIGKILL)`. */
export function endings(rounds: readonly Ending[]): string {
  const harmed = rounds.filter(({ fate }) => fate !== 'survived');
  if (harmed.length === 0) return 'survived';
  const how = [...new Set(harmed.map(({ fate, exit }) => `${fate} (${exit})`))].join(', ');
  return rounds.length === 1 ? how : `${harmed.length} of ${rounds.length}: ${how}`;
}

export function survives(title: string, headroom: readonly Ending[]): Verdict {
  return {
    target: `${title}: Headroom is not killed`,
    isReached: isUnharmed(headroom),
    figure: endings(headroom),
  };
}

/** The worst of the rounds. */
export function worst<Round>(
  rounds: readonly Round[],
  side: 'least' | 'most',
  figure: (round: Round) => number,
): string {
  const figures = rounds.map(figure);
  return `${side === 'least' ? Math.min(...figures) : Math.max(...figures)}`;
}

/** Whether there is something to compare with: who ran Headroom alone asked for no comparison. */
export function hasFixed(results: ReadonlyMap<string, unknown>): boolean {
  return [...results.keys()].some((contestant) => contestant.startsWith('fixed-'));
}
