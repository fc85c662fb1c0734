import type { FaultLog } from '../../listeners/index.js';
import { afterMicrotasks, type VitalsService } from '../../vitals/index.js';
import type { Reservation } from '../reservation.js';
import { type ChildMemory, ChildUnit } from './child-unit.js';
import type { Cost, LearnedCost } from './learned-cost.js';
import type { MemoryView } from './memory-view.js';
import type { Unit } from './unit.js';
import type { UnitsInFlight } from './units-in-flight.js';

/** A unit that ran for so long was looked at by several samples: what it held could not hide from all of them. */
const SAMPLED_AFTER_MS = 1000;

/** Units from their start to their end: what each takes is put down to it, and its kind learns from it. */
export class UnitLife {
  /** @param hasEnded called after each end */
  constructor(
    private readonly units: UnitsInFlight,
    private readonly view: MemoryView,
    private readonly vitals: Pick<VitalsService, 'bufferBytesNow'>,
    private readonly faults: FaultLog,
    private readonly hasEnded: () => void,
  ) {}

  start(cost: LearnedCost, reserved: Cost, nowMs: number, child?: ChildMemory): Reservation {
    const unit = child
      ? this.units.children.start(child, cost, reserved, nowMs)
      : this.units.start(cost, reserved, nowMs);
    cost.rechecking();
    return new UnitReservation(unit, this);
  }

  begins(unit: Unit): void {
    const nowMs = performance.now();
    if (unit.reserved.totalBytes <= this.view.sizes.lightBytes) {
      // Not worth the two looks: it may come thousands of times a second.
      unit.begunAtMs = nowMs;
      return;
    }
    try {
      this.view.look(nowMs);
      this.units.begin(unit, this.vitals.bufferBytesNow(), nowMs);
      afterMicrotasks(this.stretchIsOver);
    } catch (error) {
      this.faults.report(error);
    }
  }

  private readonly stretchIsOver = (): void => {
    if (!this.units.ahead) return;
    try {
      this.view.look(performance.now());
      this.units.endStretch(this.vitals.bufferBytesNow());
    } catch (error) {
      this.faults.report(error);
    }
  };

  end(unit: Unit): void {
    try {
      this.view.look(performance.now());
      if (this.units.ahead === unit) this.units.endStretch(this.vitals.bufferBytesNow());
      if (unit instanceof ChildUnit) this.units.children.end(unit);
      else this.units.end(unit);
      // One that was given up before its turn came tells nothing of its kind.
      if (unit.begunAtMs !== undefined) this.learn(unit, this.view.readAtMs - unit.begunAtMs);
      this.hasEnded();
    } catch (error) {
      this.faults.report(error);
    }
  }

  private learn({ cost, observation }: Unit, ranMs: number): void {
    const wasSampled = ranMs >= SAMPLED_AFTER_MS;
    cost.observe(wasSampled ? { ...observation, isAtLeast: false } : observation, this.view.sizes.lightBytes);
  }
}

/**
 * NOTE: a class, and no object literal with closures. A light kind has one unit looked at every ten seconds, and the shape
 * of a literal that nobody holds any longer is collected between two of them: each time the next one was new to V8, which
 * threw away what it had compiled for the jobs and the requests that have nothing reserved.
 */
class UnitReservation implements Reservation {
  private isOver = false;

  constructor(
    private readonly unit: Unit,
    private readonly life: UnitLife,
  ) {}

  waits(): void {
    this.unit.begunAtMs = undefined;
  }

  begins(): void {
    if (!this.isOver) this.life.begins(this.unit);
  }

  end(peakBytes = 0): void {
    if (this.isOver) return;
    this.isOver = true;
    if (this.unit instanceof ChildUnit) this.unit.peakBytes = peakBytes;
    this.life.end(this.unit);
  }
}
