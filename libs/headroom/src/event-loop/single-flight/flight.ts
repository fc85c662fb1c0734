import type { TurnGate } from '../turn-gate.js';
import { TurnLine } from '../turn-line.js';

export type Outcome<V> =
  { readonly isGood: true; readonly value: V } | { readonly isGood: false; readonly error: unknown };

export interface FlightOwner<V> {
  /** Told once, unless the flight was abandoned, before anybody is released. Must not throw. */
  landed(flight: Flight<V>, outcome: Outcome<V>, isToldToSomebody: boolean): void;
  /** Its last caller has aborted. Must not throw. */
  abandoned(flight: Flight<V>): void;
}

/** How long a caller waits. */
export interface Patience<V> {
  readonly signal: AbortSignal | undefined;
  readonly deadlineMs: number | undefined;
  /** What the caller gets at its deadline. What this throws is what it gets instead. */
  readonly atDeadline: () => V;
}

interface Waiter<V> {
  readonly resolve: (value: V) => void;
  readonly reject: (error: unknown) => void;
  readonly stopClock: () => void;
  readonly stopWatching: () => void;
}

/**
 * One computation and those who wait for it.
 *
 * States of the flight: *running* -> *landed* (it has settled), or *abandoned* (the last who waited has aborted: its own
 * signal is aborted, and what comes of it is dropped). One that goes on *behind*, because it is a refresh or because
 * somebody has left it at a deadline, is never abandoned.
 *
 * States of a waiter: *waiting* -> *in line* (the flight has landed, or its deadline has come: what it gets waits for a
 * turn of the event loop) -> *released*; or *aborted*, at any time before and at once.
 */
export class Flight<V> {
  private readonly controller = new AbortController();
  private readonly waiters = new Set<Waiter<V>>();
  private readonly line: TurnLine;
  private isOver = false;

  /** @param isBehind whether it goes on when nobody waits */
  constructor(
    gate: TurnGate,
    private readonly owner: FlightOwner<V>,
    private isBehind: boolean,
  ) {
    this.line = new TurnLine(gate);
  }

  /** Begins at once, or when `turn` comes. */
  start(loader: (signal: AbortSignal) => V | PromiseLike<V>, turn?: Promise<void>): void {
    const load = () => loader(this.controller.signal);
    const loading = turn ? turn.then(load) : new Promise<V>((resolve) => resolve(load()));
    void loading.then(
      (value) => this.land({ isGood: true, value }),
      (error: unknown) => this.land({ isGood: false, error }),
    );
  }

  wait({ signal, deadlineMs, atDeadline }: Patience<V>): Promise<V> {
    return new Promise<V>((resolve, reject) => {
      const abort = () => this.abort(waiter, signal?.reason);
      const giveUp = () => this.giveUp(waiter, atDeadline);
      // After a blocked loop the timer comes before the answer, which is there to be read in the same turn.
      const timer = deadlineMs && setTimeout(() => setImmediate(giveUp), deadlineMs).unref();
      const waiter: Waiter<V> = {
        resolve,
        reject,
        stopClock: () => timer && clearTimeout(timer),
        stopWatching: () => signal?.removeEventListener('abort', abort),
      };
      this.waiters.add(waiter);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  private land(outcome: Outcome<V>): void {
    if (this.isOver) return;
    this.isOver = true;
    this.owner.landed(this, outcome, this.waiters.size > 0);
    for (const waiter of this.waiters) {
      waiter.stopClock();
      this.line.join(() => {
        waiter.stopWatching();
        if (outcome.isGood) waiter.resolve(outcome.value);
        else waiter.reject(outcome.error);
      });
    }
    this.waiters.clear();
  }

  private giveUp(waiter: Waiter<V>, atDeadline: () => V): void {
    if (!this.waiters.delete(waiter)) return;
    this.isBehind = true;
    this.line.join(() => {
      waiter.stopWatching();
      try {
        waiter.resolve(atDeadline());
      } catch (error) {
        waiter.reject(error);
      }
    });
  }

  private abort(waiter: Waiter<V>, reason: unknown): void {
    waiter.stopClock();
    waiter.reject(reason);
    this.waiters.delete(waiter);
    if (this.isOver || this.isBehind || this.waiters.size > 0) return;
    this.isOver = true;
    this.owner.abandoned(this);
    this.controller.abort(reason);
  }
}
