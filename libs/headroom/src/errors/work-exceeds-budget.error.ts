import { formatMb } from '../units/index.js';
import { ResilienceError } from './resilience.error.js';

/**
 * Thrown when a unit of work declares a cost that can never fit: not even alone.
 *
 * @publicApi
 */
export class WorkExceedsBudgetError extends ResilienceError {
  readonly code = 'RESILIENCE_WORK_EXCEEDS_BUDGET';

  constructor(
    readonly work: string,
    readonly costBytes: number,
    /** What is left for work when nothing runs. */
    readonly budgetBytes: number,
  ) {
    super(
      `${work} declares a memory cost of ${formatMb(costBytes)}, and at most ${formatMb(budgetBytes)} can ever be free: ` +
        `it can never start here. Lower its @MemoryCost(), split the work, or raise the memory limit.`,
    );
  }
}
