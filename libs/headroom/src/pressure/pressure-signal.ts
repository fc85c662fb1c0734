/**
 * What is held against a limit.
 *
 * - `heap`: the JavaScript heap against V8's ceiling, or what survived the last major collection against what
 *   survivors may fill, whichever is worse
 * - `rss`: this process against the effective limit; absent where that is a cgroup's, whose working set tells more, or
 *   that of the address space
 * - `working-set`: the cgroup, children included and droppable page cache taken out, against the cgroup's limit
 * - `address-space`: what the process has mapped against `ulimit -v`, where that is set
 * - `machine`: what the machine has given away, whoever has it
 * - `event-loop`: the longest delay of the window against `pressure.maxEventLoopDelayMs`
 *
 * @publicApi
 */
export type PressureSignalName = 'heap' | 'rss' | 'working-set' | 'address-space' | 'machine' | 'event-loop';

/**
 * One signal as a share of its limit. Bytes for memory, milliseconds for the event loop.
 *
 * @publicApi
 */
export interface PressureSignal {
  readonly name: PressureSignalName;
  readonly used: number;
  readonly limit: number;
  /** `used / limit`; may be above 1. */
  readonly share: number;
  /**
   * What it adds to the judgement: its share, held below `critical` where refusing work would not help, raised
   * where the limit is near in time.
   */
  readonly score: number;
  /**
   * Milliseconds until the limit is reached if memory (any but the heap, and the machine's) goes on growing as in the last two samples;
   * absent when they do not grow, or so slowly that it is more than ten seconds.
   */
  readonly timeToLimitMs?: number;
  /** Only `heap`: V8 collects again and again and little is freed; it gives up long before the limit. */
  readonly isCollectingInVain?: true;
}

export function signal(name: PressureSignalName, used: number, limit: number): PressureSignal {
  const share = limit > 0 ? used / limit : 0;
  return { name, used, limit, share, score: share };
}

export function heldBelow(score: number, held: PressureSignal): PressureSignal {
  return held.score > score ? { ...held, score } : held;
}
