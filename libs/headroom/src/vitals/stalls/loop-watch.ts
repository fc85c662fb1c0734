import { judgeStall } from './judge-stall.js';
import type { LoopStall } from './loop-stall.js';
import { type LoopWork, loopWork } from './loop-work.js';

/** Some ten microseconds forty times a second: 0.05 % of a core. */
const PERIOD_MS = 25;
/** Nobody asks for shorter ones. */
const LEAST_MS = 50;
const US_PER_MS = 1000;

type Listener = (stall: LoopStall) => void;

/** Looks forty times a second whether the loop turns, while anybody listens. */
export class LoopWatch {
  private readonly listeners = new Set<Listener>();
  private timer: NodeJS.Timeout | undefined;
  private lookedAt = 0;
  private usage = process.resourceUsage();

  constructor(private readonly work: LoopWork) {}

  /**
   * Tells of every time that the loop did not turn for 50 ms or so, as soon as it turns again.
   *
   * @param listener must not throw
   * @returns the way to stop
   */
  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    if (!this.timer) this.start();
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) this.stop();
    };
  }

  private start(): void {
    this.work.isWatched = true;
    this.lookedAt = performance.now();
    this.usage = process.resourceUsage();
    this.work.forget(this.lookedAt);
    this.timer = setInterval(() => this.look(), PERIOD_MS).unref();
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
    const evidence = sinceMs < LEAST_MS ? undefined : this.work.look(now);
    this.work.forget(now);
    if (!evidence) return;
    const stall = judgeStall({
      ...evidence,
      at: Date.now(),
      lateMs: sinceMs - PERIOD_MS,
      cpuMs: cpuMs(this.usage) - cpuMs(before),
      preemptions: this.usage.involuntaryContextSwitches - before.involuntaryContextSwitches,
    });
    if (stall.durationMs < LEAST_MS) return;
    for (const listener of this.listeners) listener(stall);
  }
}

function cpuMs({ userCPUTime, systemCPUTime }: NodeJS.ResourceUsage): number {
  return (userCPUTime + systemCPUTime) / US_PER_MS;
}

/** Of this process: there is one event loop. */
export const loopWatch = new LoopWatch(loopWork);
