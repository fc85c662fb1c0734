import type { Lane } from '../work-cost.js';
import type { CostBook } from './cost-book.js';
import type { UnitsInFlight } from './units-in-flight.js';

/** A unit that has run for so long and shows no cost vouches for one more beside it. */
const VOUCH_AFTER_MS: Readonly<Record<Lane, number>> = { request: 250, job: 1000 };
const RECHECK_EVERY_MS = 10_000;

/** What is learned between the start and the end of units, once per sample. */
export class CostWatch {
  private recheckAtMs = RECHECK_EVERY_MS;

  constructor(
    private readonly book: CostBook,
    private readonly units: UnitsInFlight,
  ) {}

  /** @param isShort whether memory is short: only then is it asked who of the light took it */
  sampled(nowMs: number, lightBytes: number, isShort: boolean): void {
    this.judgeThoseThatRun(nowMs, lightBytes);
    this.suspectWhoTookIt(lightBytes, isShort);
    if (nowMs < this.recheckAtMs) return;
    this.recheckAtMs = nowMs + RECHECK_EVERY_MS;
    for (const cost of this.book) cost.recheck();
  }

  private judgeThoseThatRun(nowMs: number, lightBytes: number): void {
    for (const unit of this.units) {
      const { cost } = unit;
      const { begunAtMs = Infinity } = unit;
      if (unit.isVouched || nowMs - begunAtMs < VOUCH_AFTER_MS[cost.lane]) continue;
      unit.isVouched = true;
      cost.foresee(unit.observation, lightBytes);
      if (cost.state !== 'learning') continue;
      cost.vouch();
      unit.seemsLight = true;
      unit.reserved = { heapBytes: lightBytes, totalBytes: lightBytes };
    }
  }

  /** Memory went while no unit was watched: those of the light kinds that ran meanwhile are watched again. */
  private suspectWhoTookIt(lightBytes: number, isShort: boolean): void {
    const bytes = this.units.drainUnexplained();
    let starts = 0;
    for (const cost of this.book) starts += cost.freeStarts;
    this.units.hasOtherWork = starts > 0;
    const isTooMuch = isShort && starts > 0 && bytes / starts > lightBytes;
    for (const cost of this.book) {
      if (isTooMuch && cost.freeStarts > 0) cost.suspect();
      cost.freeStarts = 0;
    }
  }
}
