import type { Lane } from '../work-cost.js';
import { JobTurn } from './job-turn.js';
import type { Shares } from './judge-room.js';

/** For so long after a request has asked for memory, jobs leave room in the heap for the next one. */
const KEEP_ROOM_FOR_REQUESTS_MS = 60_000;

/** Which lane goes before the other, and how much of the limits each may fill. */
export class LaneOrder {
  readonly shares: Readonly<Record<Lane, Shares>>;
  private readonly turn = new JobTurn();
  private requestAskedAtMs = -Infinity;

  /** @param waiting how many units of each lane wait, at any moment */
  constructor(
    thresholds: { readonly elevated: number; readonly critical: number; readonly exitMargin: number },
    private readonly waiting: Readonly<Record<Lane | 'child', number>>,
  ) {
    const { elevated, critical, exitMargin } = thresholds;
    this.shares = {
      // Who takes a little more than was set aside makes no pressure yet.
      request: { heap: critical, memory: critical - exitMargin / 2, memoryWithReturning: critical },
      // Where the kernel kills at once, V8 collects first: jobs may fill more of the heap than of the memory.
      // And what V8 has given back a moment ago keeps no job waiting, while requests would have room.
      job: { heap: (elevated + critical) / 2, memory: elevated, memoryWithReturning: critical },
    };
  }

  /**
   * Jobs wait while requests do: people go first. But now and then a job that is overdue goes before new requests,
   * or it would never find all its memory free at once.
   */
  mustGiveWay(lane: Lane, isOverdue: boolean, nowMs: number): boolean {
    if (lane === 'job') return this.waiting.request > 0 && !(isOverdue && this.turn.mayGo(nowMs));
    return this.waiting.job + this.waiting.child > 0 && this.turn.isDue(nowMs);
  }

  /** A unit asks for memory, and gives way to nobody. */
  asks(lane: Lane, nowMs: number): void {
    if (lane === 'request') this.requestAskedAtMs = nowMs;
  }

  /** What may be filled with a unit that asks. */
  sharesFor(lane: Lane, isOverdue: boolean, nowMs: number): Shares {
    const { job, request } = this.shares;
    if (lane === 'request' || isOverdue) return request;
    const keepsRoom = nowMs - this.requestAskedAtMs < KEEP_ROOM_FOR_REQUESTS_MS;
    // Not more of the memory: above its share pressure is elevated, which takes places away.
    return keepsRoom ? job : { ...job, heap: request.heap };
  }

  started(lane: Lane, nowMs: number): void {
    if (lane === 'job') this.turn.started(nowMs);
  }

  /** A unit had its chance, and there was no room. */
  refused(lane: Lane, isOverdue: boolean, nowMs: number): void {
    if (isOverdue && lane === 'job') this.turn.refused(nowMs);
  }

  /** An overdue job had its turn, and found no room in all of it; none was tried out since. */
  get jobHadTurnInVain(): boolean {
    return this.turn.wasInVain;
  }

  /** A job of a kind that was never seen has started. */
  triedOut(): void {
    this.turn.forgetVain();
  }

  /** In which order the lanes look again when there may be room. */
  inOrder(nowMs: number): readonly Lane[] {
    return this.turn.isDue(nowMs) ? ['job', 'request'] : ['request', 'job'];
  }
}
