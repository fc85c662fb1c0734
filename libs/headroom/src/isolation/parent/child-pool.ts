import {
  type ChildClaim,
  type MemoryLedger,
  NOTHING_RESERVED,
  type Refusal,
  type Reservation,
  type WorkCost,
} from '../../admission/index.js';
import { type ChildSpec, keyOf } from './child-launch.js';
import { ChildSlot } from './child-slot.js';
import { type ChildLife, lifeOf } from './recycle-plan.js';
import { TaskChild } from './task-child.js';

/** A task that waits for its turn. */
export interface Waiter {
  readonly spec: ChildSpec;
  readonly cost: WorkCost;
  readonly since: number;
  readonly start: (slot: ChildSlot) => void;
  /** It can never start. */
  readonly fail: (error: unknown) => void;
}

export interface PoolSettings {
  readonly maxChildren: number;
  readonly idleMs: number;
  readonly maxTasks: number;
  readonly maxRssBytes: number | undefined;
  readonly isObserving: boolean;
  readonly launch: (spec: ChildSpec, cost: WorkCost) => TaskChild;
}

/** A task that has waited for so long may start when the budget is tighter: see `MemoryLedger.tryReserve`. */
const OVERDUE_AFTER_MS = 5000;
const LOOK_EVERY_MS = 100;
const JITTER = 0.1;

/**
 * The child processes of this one, at most `maxChildren`, and the tasks that wait for one.
 *
 * A task starts when there is a child for it (a warm one of its kind that is idle, a new one, or a new one in place of
 * an idle one of another kind) and its memory is free; in the order of arrival, but a kind of which too little is
 * known to run more of it holds up nobody else.
 */
export class ChildPool {
  private readonly slots = new Set<ChildSlot>();
  private readonly waiting = new Set<Waiter>();
  private readonly stopAskingForRoom: () => void;
  private lookTimer: NodeJS.Timeout | undefined;
  private isReviewing = false;
  private isClosed = false;

  constructor(
    private readonly ledger: MemoryLedger,
    private readonly settings: PoolSettings,
  ) {
    this.stopAskingForRoom = ledger.onRoom('job', () => this.review());
  }

  get size(): number {
    return this.slots.size;
  }

  get waitingTasks(): number {
    return this.waiting.size;
  }

  get children(): readonly ChildSlot[] {
    return [...this.slots];
  }

  /** Lets a task wait for its turn. Returns the way to take it out again. */
  enter(waiter: Waiter): () => void {
    this.waiting.add(waiter);
    this.review();
    return () => {
      this.waiting.delete(waiter);
      this.count();
    };
  }

  /** A task has ended: its child is kept for the next one, or ended. */
  leave(slot: ChildSlot, isWarm: boolean): void {
    slot.free();
    if (!slot.child.isGone) {
      if (isWarm && !this.isClosed && !slot.isWornOut) slot.endWhenIdleFor(this.settings.idleMs);
      else slot.child.letGo();
    }
    this.review();
  }

  /** Kills every child. Resolves when all are gone. Who waits stays: nobody starts any more. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.stopAskingForRoom();
    const all = [...this.slots];
    for (const { child } of all) child.kill('shutdown');
    await Promise.all(all.map(async ({ child }) => child.gone));
    clearInterval(this.lookTimer);
  }

  private review(): void {
    // NOTE: a reservation, or a child that ends, may ask for a review within a review.
    if (this.isReviewing || this.isClosed) return;
    this.isReviewing = true;
    try {
      this.startInOrder(performance.now());
    } finally {
      this.isReviewing = false;
      this.count();
    }
  }

  private startInOrder(nowMs: number): void {
    const atWindow = new Set<WorkCost>();
    for (const waiter of this.waiting) {
      if (atWindow.has(waiter.cost)) continue;
      const refusal = this.tryStart(waiter, nowMs - waiter.since >= OVERDUE_AFTER_MS);
      if (refusal === 'window') atWindow.add(waiter.cost);
      else if (refusal) return;
    }
  }

  /** Nothing when it waits no longer. */
  private tryStart(waiter: Waiter, isOverdue: boolean): Refusal | 'no-child' | undefined {
    try {
      const key = keyOf(waiter.spec);
      const warm = [...this.slots].find((slot) => slot.isIdle && slot.key === key);
      if (!warm && this.slots.size >= this.settings.maxChildren) {
        this.endIdleChild();
        return 'no-child';
      }
      const claim = warm?.claim ?? this.ledger.addChild();
      const reservation = this.reserve(claim, waiter.cost, isOverdue);
      if (typeof reservation === 'string') {
        if (!warm) claim.release();
        if (reservation === 'no-room') this.endIdleChild(warm);
        return reservation;
      }
      this.start(waiter, warm, claim, reservation);
    } catch (error) {
      this.waiting.delete(waiter);
      waiter.fail(error);
    }
    return undefined;
  }

  private reserve(claim: ChildClaim, cost: WorkCost, isOverdue: boolean): Reservation | Refusal {
    const answer = claim.tryReserve(cost, isOverdue);
    return typeof answer === 'string' && this.settings.isObserving ? NOTHING_RESERVED : answer;
  }

  private start(
    waiter: Waiter,
    warm: ChildSlot | undefined,
    claim: ChildClaim,
    reservation: Reservation,
  ): void {
    let slot = warm;
    try {
      slot ??= this.open(waiter, claim);
    } catch (error) {
      reservation.end();
      claim.release();
      throw error;
    }
    slot.take(reservation);
    this.waiting.delete(waiter);
    waiter.start(slot);
  }

  private open({ spec, cost }: Waiter, claim: ChildClaim): ChildSlot {
    const slot = new ChildSlot(keyOf(spec), this.settings.launch(spec, cost), claim, this.lifeOf(spec));
    this.slots.add(slot);
    this.lookTimer ??= setInterval(() => this.look(), LOOK_EVERY_MS).unref();
    void this.removeWhenGone(slot);
    return slot;
  }

  private async removeWhenGone(slot: ChildSlot): Promise<void> {
    await slot.child.gone;
    slot.close();
    this.slots.delete(slot);
    if (this.slots.size === 0) this.stopLooking();
    this.review();
  }

  private lifeOf({ heapBytes }: ChildSpec): ChildLife {
    const { maxTasks, maxRssBytes = 2 * heapBytes } = this.settings;
    return lifeOf({ maxTasks, maxRssBytes }, JITTER, Math.random());
  }

  /** Makes room for a task of another kind; the review comes when the process is gone. */
  private endIdleChild(except?: ChildSlot): void {
    const slots = [...this.slots];
    if (slots.some(({ child }) => child.isEnding)) return;
    slots.find((slot) => slot.isIdle && slot !== except)?.child.letGo();
  }

  private look(): void {
    for (const slot of this.slots) slot.look();
  }

  private stopLooking(): void {
    clearInterval(this.lookTimer);
    this.lookTimer = undefined;
  }

  private count(): void {
    this.ledger.waiting.child = this.waiting.size;
  }
}
