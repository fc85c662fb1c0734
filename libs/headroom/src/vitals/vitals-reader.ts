import { getHeapStatistics } from 'node:v8';

import { EventLoopMonitor } from './event-loop-monitor.js';
import {
  findOldSpaceFlag,
  LimitedCgroups,
  MachineMemory,
  type MemoryLimits,
  oldSpaceLimit,
  readMemoryLimits,
  SystemFiles,
} from './limits/index.js';
import { ResidentMemory } from './resident-memory.js';
import { SurvivorsMonitor } from './survivors-monitor.js';
import type { HeapSurvivors, VitalsSample } from './vitals-sample.js';

export interface VitalsReaderOptions {
  readonly limitBytes: number | undefined;
  readonly eventLoopResolutionMs: number;
}

/** Reads the process, the kernel and V8. Holds open files, a histogram and perhaps a GC profiler only between `open()` and `close()`. */
export class VitalsReader {
  private readonly files = new SystemFiles();
  private readonly loop: EventLoopMonitor;
  private readonly survivors = new SurvivorsMonitor();
  private sources: KernelSources | undefined;
  private readonly oldSpaceBytes: number;
  private addressSpaceLimitBytes: number | undefined;

  limits: MemoryLimits;

  constructor(private readonly options: VitalsReaderOptions) {
    this.loop = new EventLoopMonitor(options.eventLoopResolutionMs);
    this.limits = this.readLimits();
    const flag = findOldSpaceFlag(process.execArgv, process.env.NODE_OPTIONS);
    this.oldSpaceBytes = oldSpaceLimit(this.limits.heapCeilingBytes, flag?.bytes, process.versions.v8);
  }

  open(): void {
    this.sources ??= new KernelSources(this.files, this.limits);
    this.loop.start();
  }

  close(): void {
    this.loop.stop();
    this.sources?.close();
    this.sources = undefined;
    this.survivors.stop();
  }

  /** Bytes that are resident now. */
  rssBytes(): number {
    return this.sources?.resident.bytes() ?? process.memoryUsage.rss();
  }

  /** Looks again: limits of a running container can be changed, and a cgroup can be left for another. */
  refreshLimits(): void {
    this.sources?.close();
    this.limits = this.readLimits();
    this.sources = new KernelSources(this.files, this.limits);
  }

  /** @param samplerLateMs a block right after the histogram's reset is lost to it, but not to the sampler's timer */
  read(samplerLateMs: number): VitalsSample {
    const sources = this.sources ?? new KernelSources(this.files, this.limits);
    const usage = readUsage(sources.resident);
    const loop = this.loop.read();
    const cgroup = sources.cgroups.fullest();
    const machineAvailableBytes = sources.machine.availableBytes();
    const addressSpace = this.readAddressSpace(sources.resident);
    if (sources !== this.sources) sources.close();
    // Not before open(), nor after close(): nobody would stop the watch.
    const survivors = this.sources && this.readSurvivors(usage.heapUsed);
    return Object.freeze({
      at: Date.now(),
      heapUsedBytes: usage.heapUsed,
      heapCeilingBytes: this.limits.heapCeilingBytes,
      ...(survivors && { heapSurvivors: survivors }),
      rssBytes: usage.rss,
      externalBytes: usage.external,
      arrayBuffersBytes: usage.arrayBuffers,
      workingSetBytes: cgroup?.workingSetBytes,
      workingSetLimitBytes: cgroup?.limitBytes,
      ...addressSpace,
      machineAvailableBytes,
      eventLoop: Object.freeze({ ...loop, maxDelayMs: Math.max(loop.maxDelayMs, samplerLateMs) }),
      samplerLateMs,
    });
  }

  private readAddressSpace(
    resident: ResidentMemory,
  ): Pick<VitalsSample, 'addressSpaceBytes' | 'addressSpaceLimitBytes'> | undefined {
    const { addressSpaceLimitBytes } = this;
    if (addressSpaceLimitBytes === undefined) return undefined;
    const addressSpaceBytes = resident.addressSpaceBytes();
    return addressSpaceBytes === undefined ? undefined : { addressSpaceBytes, addressSpaceLimitBytes };
  }

  private readSurvivors(heapUsedBytes: number): HeapSurvivors | undefined {
    return this.survivors.read(heapUsedBytes, this.oldSpaceBytes, performance.now());
  }

  private readLimits(): MemoryLimits {
    const limits = readMemoryLimits({
      files: this.files,
      optionLimitBytes: this.options.limitBytes,
      heapCeilingBytes: getHeapStatistics().heap_size_limit,
    });
    this.addressSpaceLimitBytes = limits.all.find(({ source }) => source === 'rlimit-as')?.bytes;
    return limits;
  }
}

/**
 * Node opens `/proc/self/stat` each time, and throws when the process has no descriptor left. Ours are open: what it cannot
 * tell then is what Buffers take of `external`.
 */
function readUsage(resident: ResidentMemory): Omit<NodeJS.MemoryUsage, 'heapTotal'> {
  try {
    return process.memoryUsage();
  } catch {
    const { used_heap_size: heapUsed, external_memory: external } = getHeapStatistics();
    return { rss: resident.bytes(), heapUsed, external, arrayBuffers: external };
  }
}

/** The files that are kept open to be read again and again. */
class KernelSources {
  readonly cgroups: LimitedCgroups;
  readonly machine: MachineMemory;
  readonly resident: ResidentMemory;

  constructor(files: SystemFiles, limits: MemoryLimits) {
    this.cgroups = new LimitedCgroups(files, limits.all);
    this.machine = new MachineMemory(files);
    this.resident = new ResidentMemory(files);
  }

  close(): void {
    this.cgroups.close();
    this.machine.close();
    this.resident.close();
  }
}
