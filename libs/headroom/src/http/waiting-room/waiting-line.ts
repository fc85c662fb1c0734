import { PRIORITIES, type RequestPriority } from '../../admission/index.js';

interface Place<T> {
  readonly who: T;
  readonly until: number;
}

/** `full`: nobody of a lower priority is there to give up its place. */
export type Joined<T> = 'full' | { readonly evicted: T | undefined };

/**
 * A bounded line: first come, first served within a priority, higher priorities before lower. Whoever joins waits no
 * longer than `maxWaitMs`; when the line is full, the last of the lowest priority gives way to a higher one.
 */
export class WaitingLine<T> {
  private readonly queues: Record<RequestPriority, Place<T>[]> = { critical: [], normal: [], sheddable: [] };
  private count = 0;

  constructor(
    private readonly maxWaiting: number,
    private readonly maxWaitMs: number,
  ) {}

  get size(): number {
    return this.count;
  }

  join(who: T, priority: RequestPriority, now: number): Joined<T> {
    let evicted: T | undefined;
    if (this.count >= this.maxWaiting) {
      const lower = PRIORITIES.slice(PRIORITIES.indexOf(priority) + 1);
      const victims = lower.findLast((each) => this.queues[each].length > 0);
      if (!victims) return 'full';
      evicted = this.queues[victims].pop()!.who;
      this.count--;
    }
    this.queues[priority].push({ who, until: now + this.maxWaitMs });
    this.count++;
    return { evicted };
  }

  /** @returns whether it was there */
  leave(who: T): boolean {
    for (const priority of PRIORITIES) {
      const index = this.queues[priority].findIndex((place) => place.who === who);
      if (index < 0) continue;
      this.queues[priority].splice(index, 1);
      this.count--;
      return true;
    }
    return false;
  }

  /** Who waits now, in the order in which they are to be served. */
  inOrder(): T[] {
    return PRIORITIES.flatMap((priority) => this.queues[priority].map(({ who }) => who));
  }

  /** Takes out whoever has waited its time. */
  takeExpired(now: number): T[] {
    const expired: T[] = [];
    for (const priority of PRIORITIES) {
      const queue = this.queues[priority];
      while (queue.length > 0 && queue[0]!.until <= now) expired.push(queue.shift()!.who);
    }
    this.count -= expired.length;
    return expired;
  }

  /** When the next one has waited its time; `undefined` when nobody waits. */
  get nextExpiry(): number | undefined {
    if (this.count === 0) return undefined;
    return Math.min(...PRIORITIES.map((priority) => this.queues[priority][0]?.until ?? Infinity));
  }
}
