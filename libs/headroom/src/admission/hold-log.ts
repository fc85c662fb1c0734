import { type SafeLogger } from '../listeners/index.js';
import type { PressureVerdict } from '../pressure/index.js';
import type { HoldReason } from './job-events.js';

const REMIND_AFTER_MS = 60_000;
/** An episode ends when no job was held for so long; jobs that wait for the memory of others do so again and again. */
const QUIET_AFTER_PRESSURE_MS = 2000;
const QUIET_AFTER_FULL_MEMORY_MS = 60_000;
/** Jobs that came together leave together, but for some milliseconds: one line for all of them. */
const GATHER_LEAVING_MS = 1000;

/** The job that has been held for longest. */
interface OldestHold {
  readonly since: number;
  readonly reason: HoldReason;
  readonly cost: { readonly key: string };
}

/**
 * Tells once when jobs begin to be held, every minute that they still are, once when the first of them go back to
 * their queues, and once when it is over. Not worth a line: jobs that wait because their kind is not known yet, or for
 * an instant while pressure has fallen and the others start one after the other.
 */
export class HoldLog {
  private heldInEpisode = 0;
  private putOffInEpisode = 0;
  private isForPressure = false;
  private lastHeldAt = 0;
  private remindAt = 0;
  private readonly leaving = new Map<string, number>();
  private leavingSince = 0;
  private leavingAfterMs = 0;

  constructor(
    private readonly logger: SafeLogger,
    private readonly isObserving: boolean,
  ) {}

  /** @param work what the job is known as to the ledger */
  held(reason: HoldReason, work: string, verdict: PressureVerdict): void {
    const isPassing =
      reason === 'window' || reason === 'alone' || (reason === 'pressure' && verdict.level === 'normal');
    if (isPassing && this.heldInEpisode === 0) return;
    this.lastHeldAt = performance.now();
    this.isForPressure ||= reason === 'pressure';
    this.heldInEpisode++;
    if (this.heldInEpisode > 1) return;
    this.remindAt = this.lastHeldAt + REMIND_AFTER_MS;
    const why = describe(reason, work, verdict);
    this.logger.warn(
      this.isObserving
        ? `would hold jobs: ${why}; mode is observe, so they start`
        : `holding jobs: ${why}; they keep their locks and start by themselves when it ${ends(reason)}`,
    );
  }

  stillHeld(count: number, { since, reason, cost }: OldestHold, verdict: PressureVerdict): void {
    this.tellPutOff();
    if (this.heldInEpisode === 0) {
      this.held(reason, cost.key, verdict);
      return;
    }
    const now = performance.now();
    if (now < this.remindAt) return;
    this.remindAt = now + REMIND_AFTER_MS;
    const seconds = Math.round((now - since) / 1000);
    const why = describe(reason, cost.key, verdict);
    this.logger.warn(
      `still holding ${jobs(count)}, the first for ${seconds}s: ${why}${this.describePutOff()}`,
    );
  }

  noneHeld({ level }: PressureVerdict): void {
    this.tellPutOff();
    if (this.heldInEpisode === 0 || level !== 'normal') return;
    const quietMs = this.isForPressure ? QUIET_AFTER_PRESSURE_MS : QUIET_AFTER_FULL_MEMORY_MS;
    if (performance.now() - this.lastHeldAt < quietMs) return;
    this.logger.log(
      this.isObserving
        ? `would have held ${jobs(this.heldInEpisode)} until now`
        : `starting jobs again: ${jobs(this.heldInEpisode)} had been held${this.describePutOff()}`,
    );
    this.heldInEpisode = 0;
    this.putOffInEpisode = 0;
    this.isForPressure = false;
  }

  /** A job went back to its queue. Told by `stillHeld` or `noneHeld`, with those that follow within a second. */
  putOff(queue: string, heldMs: number): void {
    if (this.leaving.size === 0) {
      this.leavingSince = performance.now();
      this.leavingAfterMs = heldMs;
    }
    this.leaving.set(queue, (this.leaving.get(queue) ?? 0) + 1);
  }

  private tellPutOff(): void {
    if (this.leaving.size === 0 || performance.now() - this.leavingSince < GATHER_LEAVING_MS) return;
    const isFirst = this.putOffInEpisode === 0;
    const parts = [...this.leaving].map(([queue, count], index) =>
      index === 0 ? `${jobs(count)} went back to queue "${queue}"` : `${jobs(count)} to queue "${queue}"`,
    );
    const told = parts.length > 1 ? `${parts.join(', ')},` : parts[0];
    for (const count of this.leaving.values()) this.putOffInEpisode += count;
    this.leaving.clear();
    if (!isFirst) return;
    const seconds = Math.round(this.leavingAfterMs / 1000);
    this.logger.warn(`held for ${seconds}s: ${told} for other machines`);
  }

  private describePutOff(): string {
    return this.putOffInEpisode === 0 ? '' : `; ${jobs(this.putOffInEpisode)} went back for other machines`;
  }
}

function describe(reason: HoldReason, work: string, { level, reasons }: PressureVerdict): string {
  if (reason === 'no-room') return `${work} takes memory that is not free`;
  if (reason === 'alone') return 'a job that was running when its process died runs alone';
  return `pressure is ${level}${reasons.length > 0 ? ` (${reasons.join(', ')})` : ''}`;
}

function ends(reason: HoldReason): string {
  return reason === 'no-room' ? 'is' : 'has fallen';
}

function jobs(count: number): string {
  return `${count} job${count === 1 ? '' : 's'}`;
}
