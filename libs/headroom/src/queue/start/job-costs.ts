import {
  declaredForJob,
  type MemoryCostByJobName,
  type MemoryCostValue,
  type WorkCost,
} from '../../admission/index.js';

/** Finds, and makes when there is none yet, what is known of a kind of work. */
type FindCost = (key: string, declared: MemoryCostValue | undefined) => WorkCost;

/** Job names may be made up without end; those beyond share one cost, `reports:*`. */
const MAX_NAMES = 500;

/** What the jobs of one worker are known to take, by job name. */
export class JobCosts {
  private readonly costs = new Map<string, WorkCost>();

  constructor(
    private readonly queue: string,
    private readonly declared: MemoryCostValue | MemoryCostByJobName | undefined,
    private readonly find: FindCost,
  ) {}

  of(jobName: string): WorkCost {
    return this.costs.get(jobName) ?? this.learn(jobName);
  }

  private learn(jobName: string): WorkCost {
    const isOwn = this.costs.size < MAX_NAMES || this.isDeclared(jobName);
    if (!isOwn) return this.find(`${this.queue}:*`, declaredForJob(this.declared, '*'));
    const cost = this.find(`${this.queue}:${jobName}`, declaredForJob(this.declared, jobName));
    this.costs.set(jobName, cost);
    return cost;
  }

  private isDeclared(jobName: string): boolean {
    return typeof this.declared === 'object' && Object.hasOwn(this.declared, jobName);
  }
}
