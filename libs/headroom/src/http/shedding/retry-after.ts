/** How much longer clients are asked to stay away at the edge than where it begins. */
const MOST_SEVERE = 4;

/** Clients that were refused together must not come back together. */
const MOST_JITTER = 0.5;

/**
 * Whole seconds for `Retry-After`: at least the base, up to four times as much as pressure grows, and up to a half
 * more by chance.
 *
 * @param severity 0 to 1
 * @param random 0 to 1
 */
export function retryAfter(baseSeconds: number, severity: number, random: number): number {
  const grown = baseSeconds * (1 + (MOST_SEVERE - 1) * severity);
  return Math.max(1, Math.round(grown * (1 + MOST_JITTER * random)));
}
