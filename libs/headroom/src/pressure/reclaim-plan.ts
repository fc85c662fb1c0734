import type { PressureLevel } from './pressure-level.js';

/** V8 looks by itself, where it does, after 8 s without much to do. */
const WAIT_MS = { critical: 1000, elevated: 5000 } as const;
const PAUSE_MS = 5000;
const LONGEST_PAUSE_MS = 120_000;
const WORTH_IT = 0.03;
/** Share of its time that the event loop of an idle process is busy, at most. */
const IDLE_SHARE = 0.1;

/** The pressure of the moment. */
export interface ReclaimFacts {
  readonly level: PressureLevel;
  readonly inLevelForMs: number;
  /** When the level was entered; another number each time. */
  readonly since: number;
  /** Of the event loop, 0 to 1. */
  readonly utilization: number;
}

/**
 * When to ask for garbage. At critical not at once, V8 may be about to collect by itself; then every five seconds as long
 * as it helps, and ever less often when it does not, because a collection blocks the loop. At elevated only while the
 * process is idle, when it blocks nobody, and not again if it has not helped: what is left is in use.
 */
export class ReclaimPlan {
  private pauseMs = PAUSE_MS;
  private notBefore = -Infinity;
  private vainSince: number | undefined;

  isDue(nowMs: number, { level, inLevelForMs, since, utilization }: ReclaimFacts): boolean {
    if (level === 'normal' || inLevelForMs < WAIT_MS[level] || nowMs < this.notBefore) return false;
    return level === 'critical' || (utilization < IDLE_SHARE && since !== this.vainSince);
  }

  /** @param freedShare what was freed, as a share of the limit */
  done(nowMs: number, freedShare: number, { since }: Pick<ReclaimFacts, 'since'>): void {
    const hasHelped = freedShare >= WORTH_IT;
    this.pauseMs = hasHelped ? PAUSE_MS : Math.min(this.pauseMs * 2, LONGEST_PAUSE_MS);
    this.notBefore = nowMs + this.pauseMs;
    this.vainSince = hasHelped ? undefined : since;
  }
}
