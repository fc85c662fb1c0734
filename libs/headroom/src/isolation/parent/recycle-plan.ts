/** What is known of a child when its task has ended. Bytes. */
export interface ChildWear {
  readonly tasks: number;
  readonly rssBytes: number | undefined;
}

/** When a warm child is replaced. */
export interface ChildLife {
  readonly maxTasks: number;
  readonly maxRssBytes: number;
}

/** The limits of one child: up to `jitter` of its tasks are taken off by chance, so that a pool is not replaced at once. */
export function lifeOf({ maxTasks, maxRssBytes }: ChildLife, jitter: number, random: number): ChildLife {
  return { maxTasks: Math.max(1, Math.round(maxTasks * (1 - jitter * random))), maxRssBytes };
}

/** Whether a child has done its part; looked at between tasks only. */
export function isWornOut({ tasks, rssBytes = 0 }: ChildWear, life: ChildLife): boolean {
  return tasks >= life.maxTasks || rssBytes > life.maxRssBytes;
}
