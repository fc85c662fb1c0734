import { GCProfiler, type GCProfilerResult } from 'node:v8';

import { type CollectionWindow, collectionRate, withWindow } from './recent-collections.js';
import type { HeapSurvivors } from './vitals-sample.js';

/** Heap in use, as a share of what survivors may fill, from which V8's collections are watched. */
const WATCH_FROM = 0.6;
/** The share below which they are no longer. */
const WATCH_UNTIL = 0.5;

/**
 * A collection that frees less than this share of what survivors may fill was in vain. Those that the ledger asks for
 * when a job has ended free more.
 */
const FREED_IN_VAIN = 0.15;

const US_PER_MS = 1000;

/**
 * Knows what was left of the heap after V8's last major collection. Watches only while the heap is well
 * filled: costs a comparison when calm, otherwise some ten microseconds per sample and per collection.
 *
 * NOTE: not an observer of `gc` entries. It is called when the loop is free again, and reads what was allocated
 * since: with jobs of 300 ms it read 106 to 123 MB where the collections had left 44 to 55.
 */
export class SurvivorsMonitor {
  private profiler: GCProfiler | undefined;
  private isBroken = false;
  private readAtMs = 0;
  private windows: readonly CollectionWindow[] = [];
  private survivors: { readonly bytes: number; readonly atMs: number } | undefined;

  /** @param newProfiler so that tests can tell what was collected */
  constructor(private readonly newProfiler = (): GCProfiler => new GCProfiler()) {}

  get isWatching(): boolean {
    return this.profiler !== undefined;
  }

  /**
   * Reads the collections since the last call, and decides whether to go on watching.
   *
   * @param limitBytes what survivors may fill
   * @param nowMs monotonic time
   * @returns `undefined` until a major collection has been seen
   */
  read(heapUsedBytes: number, limitBytes: number, nowMs: number): HeapSurvivors | undefined {
    if (heapUsedBytes < (this.profiler ? WATCH_UNTIL : WATCH_FROM) * limitBytes) {
      this.stop();
      return undefined;
    }
    try {
      if (this.profiler) this.take(this.profiler, limitBytes, nowMs);
      this.watch(nowMs);
    } catch {
      this.isBroken = true;
      this.stop();
    }
    if (!this.survivors) return undefined;
    const { bytes, atMs } = this.survivors;
    return Object.freeze({ bytes, limitBytes, ageMs: nowMs - atMs, ...collectionRate(this.windows) });
  }

  stop(): void {
    const { profiler } = this;
    this.profiler = undefined;
    this.survivors = undefined;
    this.windows = [];
    profiler?.stop();
  }

  /** A profiler tells only when it is stopped: each sample takes a new one. */
  private watch(nowMs: number): void {
    if (this.isBroken) return;
    this.profiler = this.newProfiler();
    this.profiler.start();
    this.readAtMs = nowMs;
  }

  private take(profiler: GCProfiler, limitBytes: number, nowMs: number): void {
    this.profiler = undefined;
    const majors = profiler.stop().statistics.filter(({ gcType }) => gcType === 'MarkSweepCompact');
    const inVain = majors.filter((major) => freedBytes(major) < limitBytes * FREED_IN_VAIN);
    const pausedUs = inVain.reduce((sum, { cost }) => sum + cost, 0);
    this.windows = withWindow(this.windows, {
      durationMs: nowMs - this.readAtMs,
      collections: inVain.length,
      pausedMs: pausedUs / US_PER_MS,
    });
    const last = majors.at(-1);
    if (last) this.survivors = { bytes: last.afterGC.heapStatistics.usedHeapSize, atMs: nowMs };
  }
}

function freedBytes({ beforeGC, afterGC }: GCProfilerResult['statistics'][number]): number {
  return beforeGC.heapStatistics.usedHeapSize - afterGC.heapStatistics.usedHeapSize;
}
