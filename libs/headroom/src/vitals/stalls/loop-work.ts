// The global of that name is a getter, which no optimized code takes in: 50 ns of each request.
import { performance } from 'node:perf_hooks';

import { loopBoards, loopNames } from '../loop-board.js';
import { type Placed, Roster } from '../roster.js';
import type { StalledWork } from './loop-stall.js';

/** A piece of work that is under way. Its name may be made when it is asked for. */
export interface WorkUnderWay extends StalledWork, Placed {
  /** What many of its kind have in common: `reports:build`. @default its name */
  readonly label?: string;
  /** By `performance.now()`. */
  readonly startedAtMs: number;
}

/** When a piece of work was under way; milliseconds of `performance.now()`. */
export interface WorkSpan {
  readonly work: StalledWork;
  readonly fromMs: number;
  /** `Infinity` while it is. */
  readonly toMs: number;
}

/** A time that a piece of work was on the stack, without a turn of the loop in it. */
export interface Stretch extends WorkSpan {
  /** How many others were on the stack below it. */
  readonly depth: number;
}

/** What was seen since the last look. */
export interface LoopEvidence {
  /** On the stack for long, in the order in which they left it. */
  readonly stretches: readonly Stretch[];
  /** How many were on the stack, and for how many milliseconds together; those that were called by others not counted. */
  readonly pieces: number;
  readonly onStackMs: number;
  /** The longest time in which nothing was on the stack and nothing began or ended. */
  readonly silence: { readonly fromMs: number; readonly toMs: number };
  readonly underWay: readonly WorkSpan[];
}

/** Shorter ones are counted, not named. */
const LONG_ON_STACK_MS = 10;
/** What was under way for less has held up nothing that matters. */
const LONG_UNDER_WAY_MS = 25;
const MAX_KEPT = 10_000;

/**
 * Who uses the event loop: what is under way, and what of it is on the stack.
 *
 * Rooms that run work tell when a piece begins and ends, and when its code is called and has returned. What runs after
 * an `await` is not seen: Node tells it by `async_hooks` only, which costs a server a quarter of its requests. So of the
 * time between two such marks it is known who was under way, and nothing more.
 */
export class LoopWork {
  /** Whether anybody looks. If not, `enter()` and `leave()` are a property read. */
  isWatched = false;

  private readonly stack: StalledWork[] = [];
  private readonly started = new Roster<WorkUnderWay>();
  private ended: WorkSpan[] = [];
  private stretches: Stretch[] = [];
  private pieces = 0;
  private onStackMs = 0;
  private lastMarkAt = 0;
  private silentFrom = 0;
  private silentMs = 0;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** What is under way, in no order. */
  get underWay(): Iterable<WorkUnderWay> {
    return this.started;
  }

  /** A piece of work has begun. @param nowMs its `startedAtMs` */
  begin(work: WorkUnderWay, nowMs = work.startedAtMs): void {
    this.mark(nowMs);
    this.started.add(work);
  }

  /** It has ended, however. @returns whether it is kept as evidence, for it was under way for long */
  end(work: WorkUnderWay, nowMs = this.now()): boolean {
    this.mark(nowMs);
    if (!this.started.remove(work) || nowMs - work.startedAtMs < LONG_UNDER_WAY_MS) return false;
    if (this.ended.length < MAX_KEPT) this.ended.push({ work, fromMs: work.startedAtMs, toMs: nowMs });
    return true;
  }

  /** Its code is called: it is on the stack until `leave()`. @returns what `leave()` wants */
  enter(work: StalledWork, now = this.isWatched ? this.now() : 0): number {
    if (!this.isWatched) return 0;
    this.mark(now);
    this.stack.push(work);
    this.tellBoard();
    return now;
  }

  /** Its code has returned, or has thrown. @param enteredAtMs what `enter()` gave */
  leave(enteredAtMs: number): void {
    if (enteredAtMs === 0) return;
    const now = this.now();
    const work = this.stack.pop();
    this.tellBoard();
    const tookMs = now - enteredAtMs;
    const depth = this.stack.length;
    if (depth === 0) {
      this.pieces++;
      this.onStackMs += tookMs;
      this.lastMarkAt = now;
    }
    if (tookMs < LONG_ON_STACK_MS || !work || this.stretches.length >= MAX_KEPT) return;
    this.stretches.push({ work, fromMs: enteredAtMs, toMs: now, depth });
  }

  /** What was seen since the last `forget()`. */
  look(nowMs: number): LoopEvidence {
    this.mark(nowMs);
    const running = [...this.started].map((work) => ({ work, fromMs: work.startedAtMs, toMs: Infinity }));
    return {
      stretches: this.stretches,
      pieces: this.pieces,
      onStackMs: this.onStackMs,
      silence: { fromMs: this.silentFrom, toMs: this.silentFrom + this.silentMs },
      underWay: [...this.ended, ...running],
    };
  }

  /** The loop turns: what was is of no account. */
  forget(nowMs: number): void {
    this.lastMarkAt = nowMs;
    this.silentFrom = nowMs;
    this.silentMs = 0;
    this.pieces = 0;
    this.onStackMs = 0;
    if (this.ended.length > 0) this.ended = [];
    if (this.stretches.length > 0) this.stretches = [];
  }

  /** For threads that look while the loop is blocked: there is a board only when one does. */
  private tellBoard(): void {
    const board = loopBoards.current;
    if (!board) return;
    const work: (StalledWork & { readonly label?: string }) | undefined = this.stack.at(-1);
    board.enter(work ? loopNames.idOf(work.label ?? work.name) : 0);
  }

  private mark(nowMs: number): void {
    if (this.stack.length > 0) return;
    const silentMs = nowMs - this.lastMarkAt;
    if (silentMs > this.silentMs) {
      this.silentMs = silentMs;
      this.silentFrom = this.lastMarkAt;
    }
    this.lastMarkAt = nowMs;
  }
}

/** Of this process: there is one event loop. */
export const loopWork = new LoopWork();
