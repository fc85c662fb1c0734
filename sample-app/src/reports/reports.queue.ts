export const REPORTS_QUEUE = 'reports';

export interface ReportsJob {
  readonly market: string;
}
