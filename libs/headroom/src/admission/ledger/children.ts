import { type ChildMemory, ChildUnit, outside } from './child-unit.js';
import type { Cost, LearnedCost } from './learned-cost.js';

/** The child processes of this one, and the units that run in them. */
export class Children implements Iterable<ChildUnit> {
  private readonly all = new Set<ChildMemory>();
  private readonly units = new Map<ChildMemory, ChildUnit>();
  private bytesAtSample = 0;

  [Symbol.iterator](): IterableIterator<ChildUnit> {
    return this.units.values();
  }

  add(): ChildMemory {
    const child: ChildMemory = { usedBytes: 0 };
    this.all.add(child);
    return child;
  }

  remove(child: ChildMemory): void {
    this.all.delete(child);
  }

  start(child: ChildMemory, cost: LearnedCost, reserved: Cost, nowMs: number): ChildUnit {
    const unit = new ChildUnit(cost, reserved, nowMs, child);
    this.units.set(child, unit);
    cost.inFlight++;
    return unit;
  }

  end(unit: ChildUnit): void {
    this.units.delete(unit.child);
    unit.cost.inFlight--;
  }

  /** A sample of this process was taken: what its cgroup used then holds what the children used. */
  sampled(): void {
    this.bytesAtSample = this.usedBytes;
  }

  get usedBytes(): number {
    let bytes = 0;
    for (const { usedBytes } of this.all) bytes += usedBytes;
    return bytes;
  }

  /** What they have taken since the last sample. */
  get grownBytes(): number {
    return this.usedBytes - this.bytesAtSample;
  }

  /** What those use that run nothing. */
  get idle(): Cost {
    let bytes = 0;
    for (const child of this.all) if (!this.units.has(child)) bytes += child.usedBytes;
    return outside(bytes);
  }
}
