import type { BatchSummary, JobTotals, WorkQueue } from './batches.queue.js';

export type StepState = 'waiting' | 'running' | 'done' | 'failed';

export interface StepProgress {
  readonly state: StepState;
  readonly done: number;
  readonly failed: number;
  readonly total: number;
  readonly percent: number;
}

export interface BatchProgress {
  readonly id: string;
  readonly state: StepState;
  readonly percent: number;
  readonly startedBy: string;
  readonly startedAt: string;
  readonly finishedAt?: string;
  readonly error?: string;
  readonly summary?: BatchSummary;
  readonly import: Pick<StepProgress, 'state' | 'percent'>;
  readonly queues: Readonly<Record<WorkQueue, StepProgress>>;
}

/** Ids of a batch's child jobs. */
export interface ChildIds {
  readonly done: readonly string[];
  readonly failed: readonly string[];
}

export function queueProgress(
  totals: JobTotals | undefined,
  children: ChildIds,
): Readonly<Record<WorkQueue, StepProgress>> {
  const step = (queue: WorkQueue): StepProgress => {
    const belongs = (id: string): boolean => id.includes(`-${queue}-`);
    const done = children.done.filter(belongs).length;
    const failed = children.failed.filter(belongs).length;
    return stepProgress(done, failed, totals?.[queue] ?? 0);
  };
  return { indicators: step('indicators'), rankings: step('rankings'), reports: step('reports') };
}

function stepProgress(done: number, failed: number, total: number): StepProgress {
  const finished = done + failed;
  const percent = total === 0 ? 0 : Math.floor((100 * finished) / total);
  return { state: stateOf(finished, failed, total), done, failed, total, percent };
}

function stateOf(finished: number, failed: number, total: number): StepState {
  if (finished === 0) return 'waiting';
  if (finished < total) return 'running';
  return failed > 0 ? 'failed' : 'done';
}

/** The import counts as a tenth of a batch, its jobs share the rest. */
export function overallPercent(
  importPercent: number,
  queues: Readonly<Record<WorkQueue, StepProgress>>,
): number {
  const steps = Object.values(queues);
  const total = steps.reduce((sum, step) => sum + step.total, 0);
  const finished = steps.reduce((sum, step) => sum + step.done + step.failed, 0);
  return Math.floor(importPercent / 10 + (total === 0 ? 0 : (90 * finished) / total));
}
