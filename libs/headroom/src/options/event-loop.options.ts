import type { OptionReader } from './option-reader.js';

/** @publicApi */
export interface EventLoopOptions {
  /**
   * Milliseconds that the event loop does not turn, from which it is told who held it up: in one line of the log, by
   * `EventLoopStalls`, `@OnLoopStall()` and the health check. Known within a tenth of it, and within 50 ms. `false` tells of none, and without
   * queue workers nothing is watched.
   *
   * @default 500
   * Minimum: `50`, maximum: `600000`.
   */
  stallMs?: number | false;
}

export interface ResolvedEventLoopOptions {
  readonly stallMs: number | false;
}

export function readEventLoopOptions(read: OptionReader): ResolvedEventLoopOptions {
  return { stallMs: read.numberOrFalse('eventLoop.stallMs', { min: 50, max: 600_000 }, 500) };
}
