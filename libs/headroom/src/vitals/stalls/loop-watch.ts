import { judgeStall } from './judge-stall.js';
import type { LoopStall } from './loop-stall.js';
import { type LoopWork, loopWork } from './loop-work.js';

/** How often it looks: ten times within the shortest stall that anybody asks for, but at most and at least as often as this. */
const PERIOD_MS = { least: 25, most: 50 } as const;
const LOOKS_PER_STALL = 10;
const US_PER_MS = 1000;

type Listener = (stall: LoopStall) => void;

/** Looks some times a second whether the loop turns, while anybody listens: each look takes some ten microseconds. */
export class LoopWatch {
  /** With the shortest stall that each is told of. */
  private readonly listeners = new Map<Listener, number>();
  private leastMs = Infinity;
  private periodMs: number = PERIOD_MS.most;
  private timer: NodeJS.Timeout | undefined;
  private lookedAt = 0;
  private usage = process.resourceUsage();

  constructor(private readonly work: LoopWork) {}

  /**
   * Tells of every time that the loop did not turn for so long, as soon as it turns again.
   *
   * @param leastMs at least 50
   * @param listener must not throw
   * @returns the way to stop
   */
  listen(leastMs: number, listener: Listener): () => void {
    this.listeners.set(listener, leastMs);
    this.startAnew();
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) this.stop();
      else this.startAnew();
    };
  }

  private startAnew(): void {
    this.leastMs = Math.min(...this.listeners.values());
    this.periodMs = Math.min(Math.max(this.leastMs / LOOKS_PER_STALL, PERIOD_MS.least), PERIOD_MS.most);
    clearInterval(this.timer);
    this.work.isWatched = true;
    this.lookedAt = performance.now();
    this.usage = process.resourceUsage();
    this.work.forget(this.lookedAt);
    this.timer = setInterval(() => this.look(), this.periodMs).unref();
  }

  private stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.work.isWatched = false;
  }

  private look(): void {
    const now = performance.now();
    const sinceMs = now - this.lookedAt;
    const before = this.usage;
    this.lookedAt = now;
    this.usage = process.resourceUsage();
    const evidence = sinceMs < this.leastMs ? undefined : this.work.look(now);
    this.work.forget(now);
    if (!evidence) return;
    const stall = judgeStall({
      ...evidence,
      at: Date.now(),
      lateMs: sinceMs - this.periodMs,
      cpuMs: cpuMs(this.usage) - cpuMs(before),
      preemptions: this.usage.involuntaryContextSwitches - before.involuntaryContextSwitches,
    });
    for (const [listener, leastMs] of this.listeners) if (stall.durationMs >= leastMs) listener(stall);
  }
}

function cpuMs({ userCPUTime, systemCPUTime }: NodeJS.ResourceUsage): number {
  return (userCPUTime + systemCPUTime) / US_PER_MS;
}

/** Of this process: there is one event loop. */
export const loopWatch = new LoopWatch(loopWork);
