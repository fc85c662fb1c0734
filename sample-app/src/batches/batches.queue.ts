export const BATCHES_QUEUE = 'batches';

/** The queues that a batch spreads its work over. */
export const WORK_QUEUES = ['indicators', 'rankings', 'reports'] as const;
export type WorkQueue = (typeof WORK_QUEUES)[number];

export type JobTotals = Readonly<Record<WorkQueue, number>>;

/** What the job of a batch remembers from one of its runs to the next. */
export interface BatchJob {
  readonly startedBy: string;
  /** Set once the prices are imported and the work is handed out. */
  readonly totals?: JobTotals;
}

export interface BatchSummary {
  readonly jobs: number;
  readonly failed: number;
}
