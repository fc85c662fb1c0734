import { getHeapStatistics } from 'node:v8';

import { EventLoopMonitor } from './event-loop-monitor.js';
import {
  CgroupMemory,
  MachineMemory,
  type MemoryLimits,
  readMemoryLimits,
  SystemFiles,
} from './limits/index.js';
import type { VitalsSample } from './vitals-sample.js';

export interface VitalsReaderOptions {
  readonly limitBytes: number | undefined;
  readonly eventLoopResolutionMs: number;
}

/** Reads the process, the kernel and V8. Holds open files and a histogram between `open()` and `close()`. */
export class VitalsReader {
  private readonly files = new SystemFiles();
  private readonly machine = new MachineMemory(this.files);
  private readonly loop: EventLoopMonitor;
  private cgroup: CgroupMemory | undefined;

  limits: MemoryLimits;

  constructor(private readonly options: VitalsReaderOptions) {
    this.loop = new EventLoopMonitor(options.eventLoopResolutionMs);
    this.limits = this.readLimits();
    this.cgroup = CgroupMemory.open(this.files, this.limits.cgroup);
  }

  open(): void {
    this.loop.start();
  }

  close(): void {
    this.loop.stop();
    this.cgroup?.close();
    this.machine.close();
  }

  /** Looks again: limits of a running container can be changed, and a cgroup can be left for another. */
  refreshLimits(): void {
    this.cgroup?.close();
    this.limits = this.readLimits();
    this.cgroup = CgroupMemory.open(this.files, this.limits.cgroup);
  }

  read(samplerLateMs: number): VitalsSample {
    const usage = process.memoryUsage();
    const loop = this.loop.read();
    return Object.freeze({
      at: Date.now(),
      heapUsedBytes: usage.heapUsed,
      heapCeilingBytes: this.limits.heapCeilingBytes,
      rssBytes: usage.rss,
      externalBytes: usage.external,
      arrayBuffersBytes: usage.arrayBuffers,
      workingSetBytes: this.cgroup?.workingSetBytes(),
      machineAvailableBytes: this.machine.availableBytes(),
      // A block right after the histogram's reset is lost to it, but not to the sampler's own timer.
      eventLoop: Object.freeze({ ...loop, maxDelayMs: Math.max(loop.maxDelayMs, samplerLateMs) }),
      samplerLateMs,
    });
  }

  private readLimits(): MemoryLimits {
    return readMemoryLimits({
      files: this.files,
      optionLimitBytes: this.options.limitBytes,
      heapCeilingBytes: getHeapStatistics().heap_size_limit,
    });
  }
}
