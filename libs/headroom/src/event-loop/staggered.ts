import type { TurnGate } from './turn-gate.js';
import { TurnLine } from './turn-line.js';
import { processTurnGate } from './yield.js';

/**
 * The same promise, but those who await it resume one per turn of the event loop, in the order in which they came.
 *
 * When a plain promise settles, all that wait for it run back to back, and neither a request nor a probe is answered
 * before the last of them has done its work. Here the first resumes at once, and each of the next when less than
 * `turnGate.sliceMs` (default 10 ms) of the turn are used up, else in a later turn. Share what this returns: to await
 * the promise itself staggers nothing.
 *
 * A rejection reaches everybody who awaits. While nobody does, it is not reported as unhandled.
 *
 * @example
 * ```ts
 * const prices = staggered(loadPrices());
 * // in each request
 * render(await prices);
 * ```
 * @publicApi
 */
export function staggered<T>(promise: PromiseLike<T>): Promise<T> {
  return new StaggeredPromise(promise, processTurnGate);
}

const nothing = (): void => undefined;

/** NOTE: not a subclass of Promise, whose own methods would take the way around `then`. */
export class StaggeredPromise<T> implements Promise<T> {
  readonly [Symbol.toStringTag] = 'Promise';
  private readonly inner: Promise<T>;
  private readonly settled: Promise<void>;
  private readonly line: TurnLine;

  constructor(promise: PromiseLike<T>, gate: TurnGate) {
    this.inner = Promise.resolve(promise);
    this.settled = this.inner.then(nothing, nothing);
    this.line = new TurnLine(gate);
  }

  // oxlint-disable-next-line unicorn/no-thenable -- each call is somebody who awaits
  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    const turn = () => new Promise<void>((resume) => this.line.join(resume));
    return this.settled
      .then(turn)
      .then(() => this.inner)
      .then(onFulfilled, onRejected);
  }

  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.then(undefined, onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<T> {
    return this.then(undefined, undefined).finally(onFinally);
  }
}
