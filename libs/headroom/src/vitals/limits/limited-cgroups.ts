import { posix } from 'node:path';

import { CgroupMemory } from './cgroup-memory.js';
import type { MemoryLimit } from './memory-limits.js';
import type { SystemFiles } from './system-files.js';

/** What the fullest cgroup uses, in bytes, and its limit where it has one. */
export interface CgroupUsage {
  readonly workingSetBytes: number;
  readonly limitBytes: number | undefined;
}

/**
 * Every cgroup that limits this process: its own and those above it. The tightest is not always the nearest to
 * its limit: a slice of 2 GB that the neighbours fill ends a process that uses half of its own gigabyte.
 */
export class LimitedCgroups {
  private readonly watched: readonly {
    readonly memory: CgroupMemory;
    readonly limitBytes: number | undefined;
  }[];

  /** @param limits all limits, tightest first */
  constructor(files: SystemFiles, limits: readonly MemoryLimit[]) {
    const tightest = new Map<string, MemoryLimit>();
    for (const limit of limits) {
      if (!limit.source.startsWith('cgroup')) continue;
      const directory = posix.dirname(limit.detail);
      if (!tightest.has(directory)) tightest.set(directory, limit);
    }
    const found = tightest.size > 0 ? [...tightest.values()] : [undefined];
    this.watched = found
      .map((limit) => ({ memory: CgroupMemory.open(files, limit), limitBytes: limit?.bytes }))
      .filter(
        (one): one is { memory: CgroupMemory; limitBytes: number | undefined } => one.memory !== undefined,
      );
  }

  /** The usage of the one nearest to its limit; `undefined` when none can be read. */
  fullest(): CgroupUsage | undefined {
    let fullest: CgroupUsage | undefined;
    for (const { memory, limitBytes } of this.watched) {
      const workingSetBytes = memory.workingSetBytes();
      if (workingSetBytes === undefined) continue;
      const usage = { workingSetBytes, limitBytes };
      if (!fullest || shareOf(usage) > shareOf(fullest)) fullest = usage;
    }
    return fullest;
  }

  close(): void {
    for (const { memory } of this.watched) memory.close();
  }
}

function shareOf({ workingSetBytes, limitBytes }: CgroupUsage): number {
  return limitBytes === undefined ? 0 : workingSetBytes / limitBytes;
}
