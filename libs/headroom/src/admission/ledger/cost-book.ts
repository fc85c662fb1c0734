import type { MemoryCostValue } from '../memory-cost.decorator.js';
import type { Lane } from '../work-cost.js';
import { LearnedCost } from './learned-cost.js';

/** Job names and paths can be made up without end; those beyond share one entry per lane. */
const MAX_KINDS = 1000;

/** One kind of work, as it is kept across restarts. */
export interface KeptCost {
  readonly lane: Lane;
  readonly key: string;
  readonly state: 'light' | 'heavy';
  readonly heapBytes: number;
  readonly outsideBytes: number;
  readonly observed: number;
}

/** What is known of every kind of work. */
export class CostBook {
  private readonly kinds = new Map<string, LearnedCost>();
  private readonly kept = new Map<string, KeptCost>();

  [Symbol.iterator](): IterableIterator<LearnedCost> {
    return this.kinds.values();
  }

  costOf(lane: Lane, key: string, declared?: MemoryCostValue): LearnedCost {
    const known = this.kinds.get(nameOf(lane, key));
    if (known) return known;
    if (this.kinds.size >= MAX_KINDS && key !== '*') return this.costOf(lane, '*', declared);
    const cost = new LearnedCost(lane, key, declared);
    this.kinds.set(nameOf(lane, key), cost);
    this.recall(cost);
    return cost;
  }

  /** Takes what an earlier run has learned, for kinds that are or will be known. */
  recallAll(costs: readonly KeptCost[]): void {
    for (const kept of costs.slice(0, MAX_KINDS)) this.kept.set(nameOf(kept.lane, kept.key), kept);
    for (const cost of this.kinds.values()) this.recall(cost);
  }

  /** What is worth keeping; kinds that an earlier run knew and this one did not meet stay. */
  worthKeeping(): KeptCost[] {
    const all = new Map(this.kept);
    for (const { lane, key, state, seen, observed } of this.kinds.values()) {
      if (state !== 'light' && state !== 'heavy') continue;
      const outsideBytes = seen.totalBytes - seen.heapBytes;
      all.set(nameOf(lane, key), { lane, key, state, heapBytes: seen.heapBytes, outsideBytes, observed });
    }
    return [...all.values()].slice(-MAX_KINDS);
  }

  private recall(cost: LearnedCost): void {
    const kept = this.kept.get(nameOf(cost.lane, cost.key));
    if (kept) cost.recall(kept.state, kept.heapBytes, kept.outsideBytes, kept.observed);
  }
}

function nameOf(lane: Lane, key: string): string {
  return `${lane} ${key}`;
}
