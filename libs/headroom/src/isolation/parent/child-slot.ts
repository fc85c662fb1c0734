import type { ChildClaim, Reservation } from '../../admission/index.js';
import { type ChildLife, isWornOut } from './recycle-plan.js';
import type { TaskChild } from './task-child.js';

/** One child of the pool, and the memory that it is known to have. */
export class ChildSlot {
  private idleTimer: NodeJS.Timeout | undefined;
  private reservation: Reservation | undefined;

  constructor(
    readonly key: string,
    readonly child: TaskChild,
    readonly claim: ChildClaim,
    private readonly life: ChildLife,
  ) {}

  get isIdle(): boolean {
    return this.reservation === undefined && !this.child.isGone && !this.child.isEnding;
  }

  get isWornOut(): boolean {
    return isWornOut({ tasks: this.child.tasks, rssBytes: this.child.rssBytes }, this.life);
  }

  /** Its memory now is told to the ledger. */
  look(): void {
    this.child.look();
    this.claim.usedBytes = this.child.rssBytes ?? 0;
  }

  take(reservation: Reservation): void {
    clearTimeout(this.idleTimer);
    this.reservation = reservation;
  }

  /** The task has ended; what it took at its peak is learned. */
  free(): void {
    this.look();
    this.reservation?.end(this.child.peakRssBytes);
    this.reservation = undefined;
  }

  endWhenIdleFor(idleMs: number): void {
    this.idleTimer = setTimeout(() => this.child.letGo(), idleMs).unref();
  }

  /** The process is gone. */
  close(): void {
    clearTimeout(this.idleTimer);
    this.free();
    this.claim.release();
  }
}
