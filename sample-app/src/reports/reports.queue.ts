export const REPORTS_QUEUE = 'reports';

/** In place of a market's code: a report of all markets at once. */
export const ALL_MARKETS = 'ALL';

export interface ReportsJob {
  readonly market: string;
}
