/** One target: whether it was reached, and with which figure. */
export interface Verdict {
  readonly target: string;
  readonly isReached: boolean;
  readonly figure: string;
}

export function formatVerdicts(verdicts: readonly Verdict[]): string {
  return verdicts
    .map(
      ({ target, isReached, figure }) =>
        `- ${isReached ? 'reached' : '**not reached**'}: ${target}: ${figure}`,
    )
    .join('\n');
}
