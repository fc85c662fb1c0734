import { ChildUnit } from './child-unit.js';
import { forecastWith, isLarge, type RoomFacts } from './judge-room.js';
import type { Cost, LearnedCost } from './learned-cost.js';
import type { Sizes } from './sizes.js';
import type { Unit } from './unit.js';

/** Seen: RSS follows a collection of Buffers within this time, or the allocator keeps the pages. */
const RETURN_MS = 500;
const NOTHING: Cost = Object.freeze({ heapBytes: 0, totalBytes: 0 });

/** Work that does not count against large work. */
export function isSmall({ totalBytes }: Cost, { smallBytes }: Sizes): boolean {
  return totalBytes <= smallBytes;
}

/** A job of a kind that was never seen. */
export function isTrial({ lane, state, observed }: LearnedCost): boolean {
  return lane === 'job' && state === 'learning' && observed === 0;
}

/** A unit in a process of its own. */
export interface Elsewhere {
  /** Units of this process do not count: one of them may wait for this one. */
  readonly besideJobs: boolean;
}

/** When all units have ended, what they had is free in one piece: seen, glibc gives large blocks of it too. */
function keptForLarge({ slackBytes }: RoomFacts, { heapBytes, totalBytes }: Cost): number {
  const outsideBytes = totalBytes - heapBytes;
  return isLarge(outsideBytes) ? Math.min(slackBytes, outsideBytes) : 0;
}

/** Who may start though there is no room by plan: without it, light work waits for heavy, or all for nobody. */
export class Leeway {
  /** Since when a unit that would run alone waits for memory to come back. */
  private aloneSinceMs: number | undefined;

  /**
   * @param units those that run, at any moment
   * @param facts what is known, at any moment
   */
  constructor(
    private readonly units: Iterable<Unit>,
    private readonly facts: () => RoomFacts,
  ) {}

  /** Slow is not heavy: those of a kind that run have taken nothing so far. */
  showsNoCost(cost: LearnedCost, { lightBytes }: Sizes): boolean {
    for (const unit of this.units) {
      if (unit.cost === cost && unit.observation.oldBytes + unit.observation.outsideBytes > lightBytes)
        return false;
    }
    return true;
  }

  /** Small work that would else wait for large has some room of its own. */
  fitsMargin(wanted: Cost, sizes: Sizes): boolean {
    if (!isSmall(wanted, sizes)) return false;
    let smallBytes = wanted.totalBytes;
    for (const { reserved } of this.units) if (isSmall(reserved, sizes)) smallBytes += reserved.totalBytes;
    return smallBytes <= sizes.marginBytes;
  }

  /**
   * Nothing else runs that was set aside for: a kind that was seen to run, or of which nothing is known, may. What was
   * freed a moment ago is still on its way back to the kernel, so it is waited for a little.
   *
   * @param readAtMs when the facts were read
   */
  mayRunAlone(
    cost: LearnedCost,
    wanted: Cost,
    sizes: Sizes,
    readAtMs: number,
    elsewhere?: Elsewhere,
  ): boolean {
    for (const unit of this.units) {
      if (unit.cost.state !== 'light' && (!elsewhere?.besideJobs || unit instanceof ChildUnit)) return false;
    }
    if (cost.state === 'declared' && wanted.totalBytes > sizes.mostBytes) return false;
    const facts = this.facts();
    const forecastBytes = forecastWith(facts, wanted).totalBytes;
    const keptBytes = elsewhere ? 0 : keptForLarge(facts, wanted);
    if (forecastBytes - keptBytes <= sizes.budgetBytes) return true;
    this.aloneSinceMs ??= readAtMs;
    return readAtMs - this.aloneSinceMs >= RETURN_MS;
  }

  /** A unit has started, or none waits: the next one that would run alone waits anew. */
  forget(): void {
    this.aloneSinceMs = undefined;
  }

  /**
   * One unit of an unknown kind at a time may start while all is taken: else light work would wait for heavy.
   *
   * @param waitsForRequests not while those run: most of them end soon, and then there is room for what it may take
   */
  mayProbe(
    { state }: LearnedCost,
    isOverdue: boolean,
    { budgetBytes }: Sizes,
    waitsForRequests = false,
  ): boolean {
    if (state !== 'learning') return false;
    for (const { cost: other } of this.units) {
      // One that is overdue may be what the one that runs waits for.
      if (other.state === 'learning' && !isOverdue) return false;
      if (other.lane === 'request' && other.state !== 'light' && waitsForRequests) return false;
    }
    return forecastWith(this.facts(), NOTHING).totalBytes <= budgetBytes;
  }
}
