import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { type Observable, Subject } from 'rxjs';

import { guarded, SafeLogger } from '../listeners/index.js';
import { RESILIENCE_OPTIONS } from '../resilience-options.js';
import type { ResolvedResilienceOptions } from '../resilience-options.js';
import type { MemoryLimits } from './limits/index.js';
import { LostReadings } from './lost-readings.js';
import { type ChildrenReading, type MemoryReading, readMemory } from './memory-reading.js';
import { type MemoryFacts, takeMemorySnapshot } from './memory-snapshot.js';
import { VitalsReader } from './vitals-reader.js';
import type { VitalsSample } from './vitals-sample.js';

const LIMITS_REFRESH_MS = 60_000;

/**
 * Samples what the process uses and may use, with one timer off every hot path.
 *
 * @publicApi
 */
@Injectable()
export class VitalsService implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new SafeLogger('Headroom');
  private readonly lost = new LostReadings(this.logger);
  private readonly reader: VitalsReader;
  private readonly subject = new Subject<VitalsSample>();
  private readonly intervalMs: number;
  private lastSample: VitalsSample;
  private timer: NodeJS.Timeout | undefined;
  private dueAt = 0;
  private refreshLimitsAt = 0;

  /** Every sample, as it is taken. Completes when the app closes. */
  readonly samples: Observable<VitalsSample> = this.subject.asObservable();

  constructor(@Inject(RESILIENCE_OPTIONS) options: ResolvedResilienceOptions) {
    this.intervalMs = options.vitals.sampleIntervalMs;
    this.reader = new VitalsReader({
      limitBytes: options.memory.limitBytes,
      eventLoopResolutionMs: options.vitals.eventLoopResolutionMs,
    });
    this.lastSample = this.reader.read(0);
  }

  /** The last sample; the same frozen object until the next one. */
  get last(): VitalsSample {
    return this.lastSample;
  }

  /** The limits in force. Read again every minute: a running container's limit can be changed. */
  get limits(): MemoryLimits {
    return this.reader.limits;
  }

  /** Memory at this moment, and not at that of the last sample. */
  memoryNow(): MemoryFacts {
    return takeMemorySnapshot(this.limits.heapCeilingBytes, this.reader.rssBytes());
  }

  /** {@link readMemory} at this moment. */
  readingNow(children?: ChildrenReading): MemoryReading {
    return readMemory(this.lastSample, this.limits, this.reader.rssBytes(), children);
  }

  /**
   * Bytes of all Buffers at this moment: Node counts them where they are made and freed.
   *
   * @internal
   */
  bufferBytesNow(): number {
    return process.memoryUsage().arrayBuffers;
  }

  onModuleInit(): void {
    this.reader.open();
    const now = performance.now();
    this.dueAt = now + this.intervalMs;
    this.refreshLimitsAt = now + LIMITS_REFRESH_MS;
    const tick = guarded(this.logger, 'taking a sample', () => this.tick());
    this.timer = setInterval(tick, this.intervalMs).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.reader.close();
    this.subject.complete();
  }

  /** Takes a sample now and publishes it; for tests, and for those who cannot wait for the timer. */
  sampleNow(samplerLateMs = 0): VitalsSample {
    this.lastSample = this.reader.read(samplerLateMs);
    this.subject.next(this.lastSample);
    return this.lastSample;
  }

  private tick(): void {
    const now = performance.now();
    const lateMs = Math.max(0, now - this.dueAt);
    this.dueAt = now + this.intervalMs;
    if (now >= this.refreshLimitsAt) {
      this.refreshLimitsAt = now + LIMITS_REFRESH_MS;
      const before = this.limits.effective;
      this.reader.refreshLimits();
      this.lost.limited(before, this.limits.effective);
    }
    const before = this.lastSample;
    this.lost.sampled(before, this.sampleNow(lateMs));
  }
}
