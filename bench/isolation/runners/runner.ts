import type { WorkData } from '../work.js';

/** One way to run tasks, as many at once as was asked for. */
export interface Runner {
  /** Resolves when the task is done. */
  run(data: WorkData): Promise<unknown>;
}
