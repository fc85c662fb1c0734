/** `last-good`: too old to be served but at a deadline. `gone`: of no use any longer. */
export type Freshness = 'fresh' | 'stale' | 'last-good' | 'gone';

export interface KeepingRule {
  readonly ttlMs: number;
  readonly staleMs: number;
  /** Whether it is served at a deadline, however old it is. */
  readonly keepsLastGood: boolean;
}

/** What a value of that age is good for. */
export function judgeFreshness(ageMs: number, { ttlMs, staleMs, keepsLastGood }: KeepingRule): Freshness {
  if (ageMs < ttlMs) return 'fresh';
  if (ageMs < ttlMs + staleMs) return 'stale';
  return keepsLastGood ? 'last-good' : 'gone';
}
