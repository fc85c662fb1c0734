import { Injectable } from '@nestjs/common';
import { OnTaskEnd, type TaskEndFacts } from 'nestjs-headroom';

export interface TaskCost {
  readonly kind: string;
  readonly name: string;
  readonly runs: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly meanMs: number;
  readonly slowestMs: number;
}

interface RunningCost {
  readonly kind: string;
  readonly name: string;
  readonly outcomes: Record<string, number>;
  runs: number;
  totalMs: number;
  slowestMs: number;
}

const MAX_NAMES = 100;

/** What the app's tasks have cost since it started, by name. */
@Injectable()
export class TaskCostsService {
  private readonly costs = new Map<string, RunningCost>();

  @OnTaskEnd()
  count({ kind, name, outcome, durationMs }: TaskEndFacts): void {
    const cost = this.costOf(kind, withoutId(name));
    if (!cost) return;

    cost.runs += 1;
    cost.outcomes[outcome] = (cost.outcomes[outcome] ?? 0) + 1;
    cost.totalMs += durationMs;
    cost.slowestMs = Math.max(cost.slowestMs, durationMs);
  }

  /** The costliest in all first. */
  list(): TaskCost[] {
    return [...this.costs.values()]
      .toSorted((left, right) => right.totalMs - left.totalMs)
      .map(({ totalMs, slowestMs, ...cost }) => ({
        ...cost,
        meanMs: Math.round(totalMs / cost.runs),
        slowestMs: Math.round(slowestMs),
      }));
  }

  private costOf(kind: string, name: string): RunningCost | undefined {
    const key = `${kind} ${name}`;
    const known = this.costs.get(key);
    if (known || this.costs.size >= MAX_NAMES) return known;

    const fresh = { kind, name, outcomes: {}, runs: 0, totalMs: 0, slowestMs: 0 };
    this.costs.set(key, fresh);
    return fresh;
  }
}

/** Jobs are named `queue:name#id`, isolated tasks `name pid=4711`: all runs of one name count together. */
function withoutId(name: string): string {
  return name.replace(/#.*| pid=\d+$/, '');
}
