import type { Measure } from './measures.js';

export const RANKINGS_QUEUE = 'rankings';

export interface RankingsJob {
  readonly market: string;
  readonly measure: Measure;
}

/** Field of the stored result. */
export function rankingKey({ market, measure }: RankingsJob): string {
  return `${market}/${measure}`;
}
