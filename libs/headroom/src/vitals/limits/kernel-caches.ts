import type { KeptFile } from './kept-file.js';
import { numberAfter } from './key-value-text.js';
import type { SystemFiles } from './system-files.js';

/** Kernel memory that is part of what a v1 cgroup uses: caches of names among it, and what no cgroup can do without. */
const KERNEL_USAGE = 'memory.kmem.usage_in_bytes';
const MEMINFO = '/proc/meminfo';
/** What the kernel cannot drop, of all cgroups together. */
const KEPT = ['SUnreclaim', 'KernelStack', 'PageTables', 'Percpu'] as const;
/** The other rows that tell whose the machine's memory is. The rest is nobody's: what lies in pipes and sockets, for example. */
const ACCOUNTED = ['MemFree', 'Buffers', 'Cached', 'SwapCached', 'AnonPages', 'SReclaimable'] as const;
/** Of the usage; with less the second file is not read. */
const WORTH_A_LOOK = 1 / 16;

/**
 * The kernel's caches of names (dentries, inodes) in a v1 cgroup: v2 tells them as `slab_reclaimable`, v1 only all kernel
 * memory. What is more of that than the whole machine has of kernel memory that cannot be dropped, can be: an app that looks
 * at half a million files would seem to be full otherwise. What the machine has more of memory that nobody accounts for, since
 * this process has begun to look, may be this cgroup's, and stays: pipes that are full, for example.
 */
export class KernelCaches {
  private readonly usage: KeptFile;
  private readonly meminfo: KeptFile;
  private readonly unaccountedAtFirst: number;

  constructor(files: SystemFiles, directory: string) {
    this.usage = files.keep(`${directory}/${KERNEL_USAGE}`);
    this.meminfo = files.keep(MEMINFO);
    this.unaccountedAtFirst = firstLookOf(files);
  }

  /**
   * At least so many bytes can be dropped; 0 when that cannot be told.
   *
   * @param usageBytes all that the cgroup uses
   */
  droppableBytes(usageBytes: number): number {
    const kernelBytes = Number.parseInt(this.usage.read() ?? '', 10);
    if (!(kernelBytes > usageBytes * WORTH_A_LOOK)) return 0;
    const meminfo = this.meminfo.read() ?? '';
    const grownBytes = Math.max(0, unaccountedBytes(meminfo) - this.unaccountedAtFirst);
    const keptBytes = sumOf(meminfo, KEPT) + grownBytes;
    // NOTE: lxcfs shows a container zeros: nothing is known then.
    return Math.max(0, Math.min(sumOf(meminfo, ['SReclaimable']), kernelBytes - keptBytes));
  }

  close(): void {
    this.usage.close();
    this.meminfo.close();
  }
}

/** Limits are read again every minute: it counts from the first time. */
const firstLooks = new WeakMap<SystemFiles, number>();

function firstLookOf(files: SystemFiles): number {
  const known = firstLooks.get(files) ?? unaccountedBytes(files.readText(MEMINFO) ?? '');
  firstLooks.set(files, known);
  return known;
}

function unaccountedBytes(meminfo: string): number {
  return sumOf(meminfo, ['MemTotal']) - sumOf(meminfo, ACCOUNTED) - sumOf(meminfo, KEPT);
}

function sumOf(meminfo: string, rows: readonly string[]): number {
  return rows.reduce((sum, row) => sum + (numberAfter(meminfo, row) ?? 0) * 1024, 0);
}
