import type { HttpException } from '@nestjs/common';

import type { Refusal } from '../../admission/index.js';
import type { ShedReason } from '../../admission/index.js';
import { onceClosed, type RawResponse } from '../response-closed.js';
import type { RequestPriority } from '../../admission/index.js';
import { WaitingLine } from './waiting-line.js';

/** A request that asks to be let in. */
export interface Asking {
  readonly priority: RequestPriority;
  readonly rawResponse: RawResponse;
}

/** What decides over those who wait. Never throws: who is forgotten would wait for ever. */
export interface Door<A extends Asking> {
  /**
   * `true`: it is in. An exception: it never will be.
   *
   * @param isOverdue its time is over: it is let in now or refused
   */
  tryAdmit(asking: A, waitedMs: number, isOverdue: boolean): true | Refusal | HttpException;
  /** Whether it may pass those that lack room. */
  mayPass(asking: A): boolean;
  /** What a request is told that is not let in. */
  refusal(asking: A, reason: ShedReason, waitedMs: number): HttpException;
  /** The client of one who waited has gone. */
  gone(asking: A, waitedMs: number): HttpException;
  lineIs(length: number): void;
}

interface Waiter<A> {
  readonly asking: A;
  readonly since: number;
  readonly letIn: (value: true) => void;
  readonly turnAway: (answer: HttpException) => void;
  stopWatching: () => void;
}

/**
 * Requests that wait for memory.
 *
 * States: *waiting* -> *admitted*, or *refused* (its time is over, a higher priority took its place, the app closes),
 * or *gone* (the client has given up: its handler does not run). Nobody overtakes those of its priority, but where
 * the ledger refuses one kind only, and where it lets small work pass.
 */
export class WaitingRoom<A extends Asking> {
  private readonly line: WaitingLine<Waiter<A>>;
  private timer: NodeJS.Timeout | undefined;
  private isReviewing = false;
  private isReviewDue = false;

  constructor(
    private readonly door: Door<A>,
    limits: { readonly maxWaiting: number; readonly maxWaitMs: number },
  ) {
    this.line = new WaitingLine(limits.maxWaiting, limits.maxWaitMs);
  }

  get isEmpty(): boolean {
    return this.line.size === 0;
  }

  /** Resolves when the request is let in; rejects with what it is told otherwise. */
  wait(asking: A): Promise<true> {
    return new Promise((letIn, turnAway) => {
      const since = performance.now();
      const waiter: Waiter<A> = { asking, since, letIn, turnAway, stopWatching: () => undefined };
      const joined = this.line.join(waiter, asking.priority, since);
      if (joined === 'full') {
        turnAway(this.door.refusal(asking, 'queue-full', 0));
        return;
      }
      if (joined.evicted) this.refuse(joined.evicted, 'queue-full');
      waiter.stopWatching = onceClosed(asking.rawResponse, () => this.giveUp(waiter));
      this.review();
      this.watchTime();
    });
  }

  /** Lets in who fits now, in order. */
  review(): void {
    this.isReviewDue = true;
    // The ledger may call for a review while it is asked for memory.
    if (this.isReviewing) return;
    this.isReviewing = true;
    try {
      while (this.isReviewDue) {
        this.isReviewDue = false;
        this.letInWhoFits();
      }
    } finally {
      this.isReviewing = false;
      this.door.lineIs(this.line.size);
    }
  }

  /** Turns everybody away. */
  close(): void {
    clearTimeout(this.timer);
    for (const waiter of this.line.inOrder()) {
      this.line.leave(waiter);
      this.refuse(waiter, 'shutting-down');
    }
    this.door.lineIs(0);
  }

  private letInWhoFits(): void {
    let isFull = false;
    for (const waiter of this.line.inOrder()) {
      if (isFull && !this.door.mayPass(waiter.asking)) continue;
      const answer = this.tryAdmit(waiter, false);
      if (answer === 'no-room') isFull = true;
      if (typeof answer === 'string') continue;
      this.line.leave(waiter);
      this.tell(waiter, answer);
    }
  }

  private tryAdmit({ asking, since }: Waiter<A>, isOverdue: boolean): true | Refusal | HttpException {
    return this.door.tryAdmit(asking, performance.now() - since, isOverdue);
  }

  /** One timer for all: for the one whose time is over first. */
  private watchTime(): void {
    const { nextExpiry } = this.line;
    if (this.timer || nextExpiry === undefined) return;
    const turnAwayExpired = (): void => {
      this.timer = undefined;
      for (const waiter of this.line.takeExpired(performance.now())) {
        const answer = this.tryAdmit(waiter, true);
        if (typeof answer === 'string') this.refuse(waiter, 'wait-timeout');
        else this.tell(waiter, answer);
      }
      this.review();
      this.watchTime();
    };
    this.timer = setTimeout(turnAwayExpired, Math.max(1, nextExpiry - performance.now())).unref();
  }

  private giveUp(waiter: Waiter<A>): void {
    if (!this.line.leave(waiter)) return;
    waiter.turnAway(this.door.gone(waiter.asking, performance.now() - waiter.since));
    this.review();
  }

  private refuse(waiter: Waiter<A>, reason: ShedReason): void {
    this.tell(waiter, this.door.refusal(waiter.asking, reason, performance.now() - waiter.since));
  }

  private tell({ stopWatching, letIn, turnAway }: Waiter<A>, answer: true | HttpException): void {
    stopWatching();
    if (answer === true) letIn(true);
    else turnAway(answer);
  }
}
