export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The value that `share` of the sorted values do not exceed. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)! };
}

/** The median, and between which values half of them lie. */
export function middleHalf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: spreadOf(values).median, min: quantile(sorted, 0.25), max: quantile(sorted, 0.75) };
}

/** One ratio per round: the two were measured within seconds of one another. */
export function ratios(values: readonly number[], base: readonly number[]): Spread {
  return spreadOf(values.map((value, round) => value / base[round]!));
}
