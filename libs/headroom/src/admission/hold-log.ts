import { type SafeLogger } from '../listeners/index.js';
import type { PressureVerdict } from '../pressure/index.js';

const REMIND_AFTER_MS = 60_000;

/** Tells once when jobs begin to be held, every minute that they still are, and once when it is over. */
export class HoldLog {
  private heldInEpisode = 0;
  private remindAt = 0;

  constructor(
    private readonly logger: SafeLogger,
    private readonly isObserving: boolean,
  ) {}

  get isOpen(): boolean {
    return this.heldInEpisode > 0;
  }

  held(verdict: PressureVerdict): void {
    this.heldInEpisode++;
    if (this.heldInEpisode > 1) return;
    this.remindAt = performance.now() + REMIND_AFTER_MS;
    this.logger.warn(
      this.isObserving
        ? `would hold jobs: ${describe(verdict)}; mode is observe, so they start`
        : `holding jobs: ${describe(verdict)}; they keep their locks and start by themselves when it falls`,
    );
  }

  stillHeld(count: number, firstHeldAt: number, verdict: PressureVerdict): void {
    const now = performance.now();
    if (now < this.remindAt) return;
    this.remindAt = now + REMIND_AFTER_MS;
    const seconds = Math.round((now - firstHeldAt) / 1000);
    this.logger.warn(`still holding ${count} jobs, the first for ${seconds}s: ${describe(verdict)}`);
  }

  over(): void {
    const jobs = `${this.heldInEpisode} job${this.heldInEpisode === 1 ? '' : 's'}`;
    this.heldInEpisode = 0;
    this.logger.log(
      this.isObserving ? `would have held ${jobs} until now` : `starting jobs again: ${jobs} had been held`,
    );
  }
}

function describe({ level, reasons }: PressureVerdict): string {
  return `pressure is ${level}${reasons.length > 0 ? ` (${reasons.join(', ')})` : ''}`;
}
