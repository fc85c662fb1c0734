/**
 * Where a memory limit comes from.
 *
 * - `option`: `memory.limit` given to `forRoot()`
 * - `cgroup-v2`: `memory.max` or `memory.high` of the process's cgroup or of one above it
 * - `cgroup-v1`: `memory.limit_in_bytes` of the same
 * - `rlimit-as`, `rlimit-data`: `ulimit -v` (systemd `LimitAS=`), `ulimit -d` (`LimitDATA=`)
 * - `node`: what `process.constrainedMemory()` tells where no cgroup is found (macOS, Windows)
 * - `machine`: the memory that the machine has
 *
 * @publicApi
 */
export type MemoryLimitSource =
  'option' | 'cgroup-v2' | 'cgroup-v1' | 'rlimit-as' | 'rlimit-data' | 'node' | 'machine';

/**
 * One limit on the memory of this process.
 *
 * @publicApi
 */
export interface MemoryLimit {
  readonly source: MemoryLimitSource;
  readonly bytes: number;
  /**
   * Where it was read: for a cgroup the absolute path of the file, such as `/sys/fs/cgroup/app.slice/memory.max`;
   * otherwise a file and its row, a function's or an option's name.
   */
  readonly detail: string;
}

/**
 * Every limit in force, and the one that binds.
 *
 * @publicApi
 */
export interface MemoryLimits {
  /** The tightest limit that bounds the whole process. V8's heap ceiling is apart: it bounds the heap only. */
  readonly effective: MemoryLimit;
  /** All limits that were found, tightest first; always holds at least the machine's. */
  readonly all: readonly MemoryLimit[];
  /** The tightest cgroup limit, the one that the working set of the same cgroup is held against. */
  readonly cgroup: MemoryLimit | undefined;
  /** V8's `heap_size_limit` in bytes: at this size the process aborts with "heap out of memory". */
  readonly heapCeilingBytes: number;
  /** Memory of the machine in bytes. */
  readonly machineBytes: number;
}
