/** From when on a process is to be replaced; `undefined` is never. */
export interface RecycleLimits {
  readonly maxRssBytes: number | undefined;
  /** How long RSS must stay above. */
  readonly graceMs: number;
  readonly maxJobs: number | undefined;
  readonly maxUptimeMs: number | undefined;
  /** Before that, nothing is a reason. */
  readonly minUptimeMs: number;
}

export interface ProcessFacts {
  readonly uptimeMs: number;
  readonly rssBytes: number;
  /** Jobs that have started. */
  readonly jobs: number;
}

export type RecycleReason = 'rss' | 'jobs' | 'uptime';

/**
 * Each limit a little lower by chance, so that processes that were started together do not end together; never
 * higher than was said.
 *
 * @param jitter the most that is taken off, as a share
 * @param random from 0 to 1
 */
export function withJitter(limits: RecycleLimits, jitter: number, random: () => number): RecycleLimits {
  const lower = (limit: number | undefined) =>
    limit === undefined ? undefined : Math.ceil(limit * (1 - jitter * random()));
  return {
    ...limits,
    maxRssBytes: lower(limits.maxRssBytes),
    maxJobs: lower(limits.maxJobs),
    maxUptimeMs: lower(limits.maxUptimeMs),
  };
}

/** Decides when a process is to be replaced. */
export class RecycleWatch {
  private aboveSinceMs: number | undefined;

  constructor(private readonly limits: RecycleLimits) {}

  /** How long RSS has been above its limit, milliseconds; `undefined` when it is not. */
  aboveMs({ uptimeMs }: ProcessFacts): number | undefined {
    return this.aboveSinceMs === undefined ? undefined : uptimeMs - this.aboveSinceMs;
  }

  judge(facts: ProcessFacts): RecycleReason | undefined {
    const { uptimeMs, rssBytes, jobs } = facts;
    const { maxRssBytes = Infinity, maxJobs = Infinity, maxUptimeMs = Infinity, ...limits } = this.limits;
    if (rssBytes < maxRssBytes) this.aboveSinceMs = undefined;
    else this.aboveSinceMs ??= uptimeMs;
    if (uptimeMs < limits.minUptimeMs) return undefined;
    if ((this.aboveMs(facts) ?? -1) >= limits.graceMs) return 'rss';
    if (jobs >= maxJobs) return 'jobs';
    return uptimeMs >= maxUptimeMs ? 'uptime' : undefined;
  }
}
