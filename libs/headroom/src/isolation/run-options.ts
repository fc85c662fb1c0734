import type { ByteSize } from '../units/index.js';

/**
 * How one kind of task runs isolated. What is left out is as in the options of the module.
 *
 * @publicApi
 */
export interface IsolationSettings {
  /**
   * The name in log lines, errors and what is learned about memory.
   *
   * @default the module's file name, without extension
   */
  name?: string;
  /**
   * V8's ceiling in the child (`--max-old-space-size`): bytes or a text such as `'512mb'`.
   *
   * @default `isolation.heap` of the module
   * Minimum: `16mb`.
   */
  heap?: ByteSize;
  /**
   * Memory that the whole process takes at its peak; the task starts when that much is free under the budget.
   *
   * @default none: it is learned from the tasks before
   * Minimum: `32mb`.
   */
  memory?: ByteSize;
  /**
   * Milliseconds from its turn until the task is told to stop, and killed when it does not; `false` is never.
   *
   * @default `isolation.timeoutMs` of the module
   * Minimum: `1`.
   */
  timeoutMs?: number | false;
  /**
   * Whether the child is kept for the next task of this kind: saves the time that a process needs to start.
   *
   * @default false
   */
  warm?: boolean;
  /**
   * A module of Nest whose exported providers the task can be given: a `file:` URL or path, and the name of its export.
   * It must register neither queue processors nor schedules: they would run in the child too.
   *
   * @default none: Nest is not loaded in the child
   */
  context?: { readonly module: string | URL; readonly export: string };
  /** Environment variables beside those of this process. */
  env?: Readonly<Record<string, string>>;
}

/**
 * One run of an isolated task.
 *
 * @publicApi
 */
export interface IsolatedRunOptions extends IsolationSettings {
  /**
   * The export of the module that is the task.
   *
   * @default 'default'
   */
  export?: string;
  /** Cancels the run: while it waits at once, while it runs by the task's own signal, and by a kill when it does not obey. */
  signal?: AbortSignal;
  /** What it throws, or rejects with, the task's `updateProgress()` rejects with. */
  onProgress?: (progress: unknown) => void | Promise<void>;
  /** As `onProgress`, for `log()`. */
  onLog?: (line: string) => void | Promise<void>;
}
