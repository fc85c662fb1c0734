import type { PressureLevel, PressureService, ResilienceOptions } from 'nestjs-headroom';
import { vi } from 'vitest';

const ROOM_BYTES = 256 * 1024 ** 2;
const PAGE_BYTES = 4096;

/**
 * Which share of the limit the process shall have: well inside of each level, seen from either side. At critical,
 * every request of `normal` priority is shed and none of `critical`.
 */
const SHARES = { normal: 0, elevated: 0.84, critical: 0.965 } as const;

/** `resize()` came with V8 11; TypeScript knows it from ES2024 on. */
interface ResizableBuffer extends ArrayBuffer {
  resize(bytes: number): void;
}

/**
 * Sets the pressure on this process with real memory: pages that are written, outside the heap, against a
 * `memory.limit` somewhat above what the process has. A buffer that shrinks gives its pages back to the kernel
 * at once, so that nothing waits for a garbage collection.
 */
export class PressureDial {
  private readonly ballast: ResizableBuffer;
  readonly limitBytes: number;

  constructor() {
    globalThis.gc?.();
    this.limitBytes = process.memoryUsage.rss() + ROOM_BYTES;
    const resizable = { maxByteLength: this.limitBytes };
    this.ballast = Reflect.construct(ArrayBuffer, [0, resizable]) as ResizableBuffer;
  }

  /** Options under which the dial sets the level, and nothing else does; quick to follow it. */
  options({ memory, vitals, pressure, ...others }: ResilienceOptions = {}): ResilienceOptions {
    return {
      memory: { limit: this.limitBytes, ...memory },
      vitals: { sampleIntervalMs: 50, ...vitals },
      pressure: { samplesToChange: 1, maxEventLoopDelayMs: false, ...pressure },
      ...others,
    };
  }

  /** Resolves when `pressure` judges the process to be at this level. */
  async turnTo(level: PressureLevel, pressure: PressureService): Promise<void> {
    await vi.waitFor(
      () => {
        this.weigh(SHARES[level] * this.limitBytes);
        const { level: judged, signals } = pressure.verdict;
        if (judged !== level) throw new Error(`${judged}, not ${level}: ${JSON.stringify(signals)}`);
      },
      { timeout: 10_000, interval: 20 },
    );
  }

  /** Resolves when `pressure` sees this share of the limit in use, give or take one percent of it. */
  async turnToShare(share: number, pressure: PressureService): Promise<void> {
    await vi.waitFor(
      () => {
        this.weigh(share * this.limitBytes);
        const { score } = pressure.verdict;
        if (Math.abs(score - share) > 0.01) throw new Error(`${score}, not ${share}`);
      },
      { timeout: 10_000, interval: 20 },
    );
  }

  release(): void {
    this.ballast.resize(0);
  }

  /** Adds or drops pages until the process is as large as it shall be. */
  weigh(processBytes: number): void {
    const before = this.ballast.byteLength;
    const wanted = before + processBytes - process.memoryUsage.rss();
    const after = Math.round(Math.min(Math.max(wanted, 0), this.limitBytes));
    this.ballast.resize(after);
    if (after <= before) return;
    const added = new Uint8Array(this.ballast, before);
    for (let at = 0; at < added.length; at += PAGE_BYTES) added[at] = 1;
  }
}
