/**
 * What the process used at one moment. Frozen; everyone reads the same object until the next sample.
 * Sizes in bytes, times in milliseconds.
 *
 * @publicApi
 */
export interface VitalsSample {
  /** Wall-clock time of the sample, milliseconds since the epoch. */
  readonly at: number;
  /** Live and dead JavaScript objects: V8's `used_heap_size`. */
  readonly heapUsedBytes: number;
  /** V8's `heap_size_limit`: the process aborts when the heap needs more. */
  readonly heapCeilingBytes: number;
  /**
   * What was left of the heap after V8's last major collection: the rest of `heapUsedBytes` may be garbage.
   * Absent while the heap is less than 60 % filled, and until a collection has been seen.
   */
  readonly heapSurvivors?: HeapSurvivors;
  /** Resident set size of this process, without its children. */
  readonly rssBytes: number;
  /** Memory held by C++ objects bound to JavaScript objects, Buffers included. */
  readonly externalBytes: number;
  /** Buffers, ArrayBuffers and SharedArrayBuffers; part of `externalBytes`. */
  readonly arrayBuffersBytes: number;
  /**
   * Memory charged to the cgroup, children included, page cache that can be dropped taken out. Of several
   * cgroups with limits, the one that is nearest to its limit. `undefined` outside a cgroup or when its files
   * cannot be read.
   */
  readonly workingSetBytes: number | undefined;
  /** The limit of that cgroup; `undefined` when none of them is limited. */
  readonly workingSetLimitBytes: number | undefined;
  /**
   * What the process has mapped, used or not (`VmSize`): with Node some 0.7 to 1 GB more than is resident. Only where
   * `ulimit -v` limits it: what goes beyond fails to be allocated.
   */
  readonly addressSpaceBytes?: number;
  /** That limit. */
  readonly addressSpaceLimitBytes?: number;
  /** What the machine could still give without swapping (`MemAvailable`, on Windows `os.freemem()`), `undefined` elsewhere. */
  readonly machineAvailableBytes: number | undefined;
  readonly eventLoop: EventLoopWindow;
  /** How much later than planned this sample was taken: the sampler shares the loop that it measures. */
  readonly samplerLateMs: number;
}

/** Whether the kernel judges by the working set: the limit in force is that of the cgroup in which it was read. */
export function isJudgedByWorkingSet(
  { workingSetBytes, workingSetLimitBytes }: VitalsSample,
  limitBytes: number,
): boolean {
  return workingSetBytes !== undefined && workingSetLimitBytes === limitBytes;
}

/** Whether the limit in force is that of the address space. */
export function isJudgedByAddressSpace(sample: VitalsSample, limitBytes: number): boolean {
  return sample.addressSpaceBytes !== undefined && sample.addressSpaceLimitBytes === limitBytes;
}

/**
 * What counts under a limit: pages of files (some 45 MB of them Node itself) do not where the kernel judges by the
 * working set, for it drops them when it must; under a limit of the address space all that is mapped does.
 */
export function chargedRssBytes(sample: VitalsSample, limitBytes: number): number {
  if (isJudgedByAddressSpace(sample, limitBytes)) return sample.addressSpaceBytes!;
  const { rssBytes, workingSetBytes = rssBytes } = sample;
  return isJudgedByWorkingSet(sample, limitBytes) ? Math.min(rssBytes, workingSetBytes) : rssBytes;
}

/**
 * The heap after V8's last major collection, and how busy V8 is with collecting.
 *
 * @publicApi
 */
export interface HeapSurvivors {
  /** Heap in use when the collection ended. */
  readonly bytes: number;
  /**
   * What survivors may fill, V8's old space: `--max-old-space-size` where it is set. The process aborts when they
   * reach it, with the heap well below `heapCeilingBytes`, which holds room for young objects too.
   */
  readonly limitBytes: number;
  /** Milliseconds since the sample that first saw that collection. */
  readonly ageMs: number;
  /** Major collections per second, over the last half second or one sample. */
  readonly collectionsPerSecond: number;
  /** Share of the last two seconds, 0 to 1, that they stopped the process; 0 when there was only one. */
  readonly pausedShare: number;
}

/**
 * The event loop since the sample before.
 *
 * @publicApi
 */
export interface EventLoopWindow {
  /** Longest delay of a timer in the window. The mean is not offered: it hides a single long block. */
  readonly maxDelayMs: number;
  /** 99th percentile of the delays in the window; of up to 50 of them (by default there are 12) it is the longest. */
  readonly p99DelayMs: number;
  /** Share of the window that the loop was busy, 0 to 1. Busy is not late: see `maxDelayMs` for lateness. */
  readonly utilization: number;
}
