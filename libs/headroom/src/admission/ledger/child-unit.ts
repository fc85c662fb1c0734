import type { Dimension } from './dimensions.js';
import type { Cost, LearnedCost, Observation } from './learned-cost.js';
import { Unit } from './unit.js';

/** A process that this one has started. Its memory is told, and need not be found in this one's. */
export interface ChildMemory {
  /** Resident bytes, as they were looked at last. */
  usedBytes: number;
}

/** A unit of work in a process of its own: what it holds is known, and nothing of this process's growth is its. */
export class ChildUnit extends Unit {
  /** The most that its process had resident. */
  peakBytes = 0;

  constructor(
    cost: LearnedCost,
    reserved: Cost,
    startedAtMs: number,
    readonly child: ChildMemory,
  ) {
    super(cost, reserved, startedAtMs);
  }

  override expected(_d: Dimension): number {
    return 0;
  }

  override get claimed(): Cost {
    return outside(Math.max(this.reserved.totalBytes, this.child.usedBytes));
  }

  override get outstanding(): Cost {
    return outside(Math.max(0, this.reserved.totalBytes - this.child.usedBytes));
  }

  override get observation(): Observation {
    return {
      heapBytes: 0,
      oldBytes: 0,
      outsideBytes: Math.max(this.peakBytes, this.child.usedBytes),
      isAtLeast: false,
      isShared: false,
      isAmidOthers: false,
    };
  }
}

/** Memory that is not of this process's heap. */
export function outside(bytes: number): Cost {
  return { heapBytes: 0, totalBytes: bytes };
}
