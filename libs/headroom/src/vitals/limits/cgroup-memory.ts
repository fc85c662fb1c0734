import { posix } from 'node:path';
import { readMemoryCgroup } from './cgroup-limits.js';
import type { MemoryCgroup } from './cgroup-paths.js';
import type { KeptFile } from './kept-file.js';
import { KernelCaches } from './kernel-caches.js';
import { numberAfter } from './key-value-text.js';
import type { MemoryLimit } from './memory-limits.js';
import type { SystemFiles } from './system-files.js';

interface CgroupFiles {
  readonly usage: string;
  /** What the kernel drops before it kills anyone: page cache, and its own caches of names where it tells them. */
  readonly droppable: readonly string[];
  readonly anonymous: string;
}

/** In v1 only the `total_` figures include the cgroups below, as `usage_in_bytes` does. */
const FILES: Record<MemoryCgroup['version'], CgroupFiles> = {
  'cgroup-v1': {
    usage: 'memory.usage_in_bytes',
    droppable: ['total_inactive_file', 'total_active_file'],
    anonymous: 'total_rss',
  },
  'cgroup-v2': {
    usage: 'memory.current',
    droppable: ['inactive_file', 'active_file', 'slab_reclaimable'],
    anonymous: 'anon',
  },
};

/**
 * The memory charged to one cgroup, read again and again through open descriptors. Raw usage counts page
 * cache (a pod was seen "using" 51 GB with a working set of 1.8 GB), so that is taken out.
 */
export class CgroupMemory {
  private readonly usage: KeptFile;
  private readonly stat: KeptFile;
  private readonly kernelCaches: KernelCaches | undefined;

  constructor(
    files: SystemFiles,
    private readonly version: MemoryCgroup['version'],
    readonly directory: string,
  ) {
    this.usage = files.keep(`${directory}/${FILES[version].usage}`);
    this.stat = files.keep(`${directory}/memory.stat`);
    if (version === 'cgroup-v1') this.kernelCaches = new KernelCaches(files, directory);
  }

  /**
   * Opens the cgroup that a limit belongs to, so that limit and working set are of the same one: a slice that
   * limits holds its other members too. Without a limit it is the one that this process is charged to.
   */
  static open(files: SystemFiles, limit: MemoryLimit | undefined): CgroupMemory | undefined {
    if (limit?.source === 'cgroup-v1' || limit?.source === 'cgroup-v2') {
      return new CgroupMemory(files, limit.source, posix.dirname(limit.detail));
    }
    const cgroup = readMemoryCgroup(files);
    if (!cgroup) return undefined;
    // Where a v2 cgroup has no memory controller, its processes are charged to the next one above that has.
    const { usage } = FILES[cgroup.version];
    const charged = cgroup.directories.find((one) => files.readText(`${one}/${usage}`) !== undefined);
    return charged === undefined ? undefined : new CgroupMemory(files, cgroup.version, charged);
  }

  /**
   * Usage without what can be dropped, at least the anonymous memory, in bytes. Stricter than what Kubernetes
   * calls the working set, which leaves active page cache in: a file that is read twice would look like
   * pressure. `undefined` when the cgroup cannot be read.
   */
  workingSetBytes(): number | undefined {
    const usage = parseBytes(this.usage.read());
    const stat = this.stat.read();
    if (usage === undefined || stat === undefined) return undefined;
    const { droppable, anonymous } = FILES[this.version];
    let workingSet = usage - (this.kernelCaches?.droppableBytes(usage) ?? 0);
    for (const key of droppable) workingSet -= numberAfter(stat, key) ?? 0;
    return Math.max(workingSet, numberAfter(stat, anonymous) ?? 0, 0);
  }

  close(): void {
    this.usage.close();
    this.stat.close();
    this.kernelCaches?.close();
  }
}

function parseBytes(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const bytes = Number.parseInt(text, 10);
  return Number.isNaN(bytes) ? undefined : bytes;
}
