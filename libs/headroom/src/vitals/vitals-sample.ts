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
  /** What the machine could still give without swapping (`MemAvailable`), `undefined` where nobody tells. */
  readonly machineAvailableBytes: number | undefined;
  readonly eventLoop: EventLoopWindow;
  /** How much later than planned this sample was taken: the sampler shares the loop that it measures. */
  readonly samplerLateMs: number;
}

/**
 * The event loop since the sample before.
 *
 * @publicApi
 */
export interface EventLoopWindow {
  /** Longest delay of a timer in the window. The mean is not offered: it hides a single long block. */
  readonly maxDelayMs: number;
  /** 99th percentile of the delays in the window. */
  readonly p99DelayMs: number;
  /** Share of the window that the loop was busy, 0 to 1. Busy is not late: see `maxDelayMs` for lateness. */
  readonly utilization: number;
}
