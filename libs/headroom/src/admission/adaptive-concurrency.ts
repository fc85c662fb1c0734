import type { PressureLevel, PressureVerdict } from '../pressure/index.js';
import { FULL_SHARE, jobLimit, type JobShare, nextShare } from './job-share.js';
import { StartRamp } from './start-ramp.js';

const ROUNDING = 1e-9;

/** How the places are used when a sample is judged. */
export interface PlacesInUse {
  readonly placed: number;
  /** What all workers together may run when calm. */
  readonly concurrency: number;
  /** Whether a job is held that a place would help. */
  readonly isShort: boolean;
}

/**
 * How many jobs may run, sample by sample, without a clock and without a timer.
 *
 * States: *full* (every job starts) -> *restricted* (each worker has a share of its concurrency) when pressure rises
 * -> *recovering* (the share rises again, and growth is ramped) -> *full*, when the share is whole and no job waits
 * for a place.
 */
export class AdaptiveConcurrency {
  private current: JobShare = FULL_SHARE;
  private readonly ramp = new StartRamp();

  constructor(private readonly thresholds: { readonly elevated: number; readonly critical: number }) {}

  /** Whether anything is to be asked before a job starts. */
  get isRestricting(): boolean {
    return this.current.share < 1 || this.ramp.isOn;
  }

  /** From 0 to 1. */
  get share(): number {
    return this.current.share;
  }

  judge(verdict: PressureVerdict, { placed, concurrency, isShort }: PlacesInUse): void {
    if (verdict.level === 'normal' && !this.isRestricting) {
      this.current = { share: 1, score: verdict.score };
      return;
    }
    const { share: before } = this.current;
    const isUsed = isShort || placed / concurrency >= before / 2 - ROUNDING;
    this.current = nextShare(this.current, verdict, this.thresholds, isUsed);
    if (verdict.level === 'critical') this.ramp.restart();
    else if (this.current.share > before) this.ramp.begin(placed);
    else if (this.current.share === 1 && !isShort) this.ramp.end();
  }

  /** How many jobs of a worker with this concurrency may run. */
  limit(level: PressureLevel, concurrency: number): number {
    return jobLimit(level, this.current.share, concurrency);
  }

  /** Milliseconds until one more job may start beside `running` others. */
  rampMs(running: number, nowMs: number): number {
    return this.ramp.waitMs(running, nowMs);
  }

  /** @param running with the one that has started */
  started(running: number, nowMs: number): void {
    if (this.ramp.isOn) this.ramp.started(running, nowMs);
  }
}
