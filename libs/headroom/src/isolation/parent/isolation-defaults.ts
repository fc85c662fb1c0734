import { availableParallelism } from 'node:os';

import type { ResolvedResilienceOptions } from '../../resilience-options.js';
import type { VitalsService } from '../../vitals/index.js';
import { heapShare } from './heap-share.js';

const MB = 1024 ** 2;
const MOST_BY_DEFAULT = 4;
/** Of a process that is not V8's heap: code, stacks, the young generation. */
const OUTSIDE_HEAP_BYTES = 64 * MB;

/** What children get when nothing else was said. */
export class Defaults {
  readonly maxChildren: number;
  private heap: number | undefined;

  constructor(
    private readonly options: ResolvedResilienceOptions,
    private readonly vitals: VitalsService,
  ) {
    this.heap = options.isolation.heapBytes;
    this.maxChildren = options.isolation.maxChildren ?? Math.min(availableParallelism(), MOST_BY_DEFAULT);
  }

  /** Decided once: children of different ceilings could not be shared. */
  get heapBytes(): number {
    const { limits, last } = this.vitals;
    const budgetBytes = limits.effective.bytes * this.options.pressure.critical;
    return (this.heap ??= heapShare(budgetBytes, last.rssBytes, this.maxChildren));
  }

  cgroupBytes(heapBytes: number): number {
    return Math.round((heapBytes * 4) / 3) + OUTSIDE_HEAP_BYTES;
  }
}
