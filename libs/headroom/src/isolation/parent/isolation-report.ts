import type { ChildPool } from './child-pool.js';

/**
 * What the isolated tasks of this process do now, and have done since it started.
 *
 * @publicApi
 */
export interface IsolationReport {
  readonly children: readonly {
    readonly pid: number | undefined;
    /** Of the task that it runs, or ran last. */
    readonly task: string;
    readonly isRunning: boolean;
    /** Resident bytes when they were looked at last; `undefined` where that cannot be told. */
    readonly rssBytes: number | undefined;
    /** Tasks that it has begun. */
    readonly tasks: number;
  }[];
  /** Tasks that wait for a child, or for memory. */
  readonly waiting: number;
  readonly started: number;
  readonly completed: number;
  /** Threw, or died. */
  readonly failed: number;
  /** Of those, whose process died or ran out of its time. */
  readonly died: number;
}

type Counts = Pick<IsolationReport, 'started' | 'completed' | 'failed' | 'died'>;

export function reportOf(pool: ChildPool, counts: Counts): IsolationReport {
  const children = pool.children.map(({ child }) => ({
    pid: child.pid,
    task: child.name,
    isRunning: child.isRunning,
    rssBytes: child.rssBytes,
    tasks: child.tasks,
  }));
  return { children, waiting: pool.waitingTasks, ...counts };
}
