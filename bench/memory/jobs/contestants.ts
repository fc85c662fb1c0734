/** `fixed-n`: the same app with concurrency n, set by hand. */
const FIXED = ['fixed-1', 'fixed-2', 'fixed-3', 'fixed-4', 'fixed-5'] as const;
const FIXED_QUICK = ['fixed-2', 'fixed-3'] as const;

const CONCURRENCY = 10;

export function contestants(isQuick: boolean): readonly string[] {
  return ['bare', ...(isQuick ? FIXED_QUICK : FIXED), 'headroom'];
}

export function concurrencyOf(contestant: string): number {
  return contestant.startsWith('fixed-') ? Number(contestant.slice('fixed-'.length)) : CONCURRENCY;
}
