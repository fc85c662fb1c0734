import type { OptionReader } from './option-reader.js';

/** Levels of Nest's `LoggerService`. @publicApi */
export type TaskLogLevel = 'log' | 'warn' | 'error' | 'debug' | 'verbose';

/** @publicApi */
export interface TasksOptions {
  /**
   * At which level the memory lines of tasks are written; `false` writes none. The hooks `@OnTaskStart()` and
   * `@OnTaskEnd()` are called in any case.
   *
   * @default { start: 'log', end: 'log', failure: 'warn', lifecycle: 'log' }
   */
  log?: TaskLogOptions | false;
  /**
   * Lines per second, on the long run, for tasks that end well: what quiet seconds have left is saved up, to five times as
   * many, so that a batch of some jobs has all its lines. Beyond it they are counted and the count is logged, so that
   * ten thousand small jobs do not become twenty thousand lines. Failures are always logged.
   *
   * @default 4
   * Minimum: `1`.
   */
  maxLinesPerSecond?: number;
}

/** @publicApi */
export interface TaskLogOptions {
  start?: TaskLogLevel | false;
  end?: TaskLogLevel | false;
  failure?: TaskLogLevel | false;
  lifecycle?: TaskLogLevel | false;
}

export interface ResolvedTasksOptions {
  readonly log: {
    readonly start: TaskLogLevel | false;
    readonly end: TaskLogLevel | false;
    readonly failure: TaskLogLevel | false;
    readonly lifecycle: TaskLogLevel | false;
  };
  readonly maxLinesPerSecond: number;
}

const TASK_LOG_LEVELS: readonly (TaskLogLevel | false)[] = [
  'log',
  'warn',
  'error',
  'debug',
  'verbose',
  false,
];

export function readTasksOptions(read: OptionReader): ResolvedTasksOptions {
  const off = read.switchedOff('tasks.log');
  const level = (event: string, fallback: TaskLogLevel) =>
    read.oneOf(`tasks.log.${event}`, TASK_LOG_LEVELS, fallback);
  const log = {
    start: level('start', 'log'),
    end: level('end', 'log'),
    failure: level('failure', 'warn'),
    lifecycle: level('lifecycle', 'log'),
  };
  return {
    log: off ? { start: false, end: false, failure: false, lifecycle: false } : log,
    maxLinesPerSecond: read.integer('tasks.maxLinesPerSecond', { min: 1, max: 1_000_000 }, 4),
  };
}
