import type { Abstract, Type } from '@nestjs/common';

/**
 * What a task that runs isolated is given beside its data.
 *
 * @publicApi
 */
export interface TaskContext {
  /** Aborts when the run is cancelled, runs out of its time, or the app ends. Who does not obey is killed. */
  readonly signal: AbortSignal;
  /** Reaches `onProgress` of the run, or the job's progress. */
  updateProgress(this: void, progress: unknown): Promise<void>;
  /** A line for `onLog` of the run, or the job's log. */
  log(this: void, line: string): Promise<void>;
  /**
   * A provider of the run's `context`.
   *
   * @throws when the run has no `context`, or that has no such provider
   */
  get<T>(this: void, token: Type<T> | Abstract<T> | string | symbol): T;
}

/**
 * A function that runs isolated, the default export of its module.
 *
 * @example
 * ```ts
 * export default async function buildReport({ market }: { market: string }, { updateProgress }: TaskContext) { ... }
 * ```
 * @publicApi
 */
export type IsolatedTask<Data = unknown, Result = unknown> = (
  data: Data,
  context: TaskContext,
) => Result | Promise<Result>;
