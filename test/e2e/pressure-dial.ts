import type { PressureLevel, PressureService, ResilienceOptions } from 'nestjs-headroom';
import { vi } from 'vitest';

const ROOM_BYTES = 256 * 1024 ** 2;
const PAGE_BYTES = 4096;

const TOLERANCE = 0.01;

export interface Thresholds {
  readonly elevated: number;
  readonly critical: number;
}

/** `resize()` came with V8 11; TypeScript knows it from ES2024 on. */
interface ResizableBuffer extends ArrayBuffer {
  resize(bytes: number): void;
}

/**
 * Sets the pressure on this process with real memory: pages that are written, outside the heap, against a
 * `memory.limit` somewhat above what the process has. A buffer that shrinks gives its pages back to the kernel
 * at once, so that nothing waits for a garbage collection. What is set is held until it is set anew: what the
 * specs themselves take and give back does not count.
 */
export class PressureDial {
  private readonly ballast: ResizableBuffer;
  private holding: NodeJS.Timeout | undefined;
  readonly limitBytes: number;

  /** @param thresholds lower ones leave more room between what is shed and what is not */
  constructor(private readonly thresholds: Thresholds = { elevated: 0.8, critical: 0.9 }) {
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
      pressure: { ...this.thresholds, samplesToChange: 1, maxEventLoopDelayMs: false, ...pressure },
      ...others,
    };
  }

  /** Resolves when `pressure` judges the process to be at this level. */
  async turnTo(level: PressureLevel, pressure: PressureService): Promise<void> {
    if (level === 'normal') {
      this.release();
      await vi.waitUntil(() => pressure.level === 'normal', { timeout: 10_000, interval: 20 });
    } else {
      await this.turnToShare(this.shareOf(level), pressure);
      await vi.waitUntil(() => pressure.level === level, { timeout: 10_000, interval: 20 });
    }
  }

  /** Resolves when `pressure` sees this share of the limit in use. */
  async turnToShare(share: number, pressure: PressureService): Promise<void> {
    this.hold(share);
    await vi.waitFor(
      () => {
        const { score, signals } = pressure.verdict;
        if (Math.abs(score - share) > TOLERANCE) throw new Error(`not ${share}: ${JSON.stringify(signals)}`);
      },
      { timeout: 10_000, interval: 20 },
    );
  }

  release(): void {
    clearInterval(this.holding);
    this.ballast.resize(0);
  }

  /** Well inside of the level; at critical, every request of `normal` priority is shed and none of `critical`. */
  private shareOf(level: 'elevated' | 'critical'): number {
    const { elevated, critical } = this.thresholds;
    const allNormal = (critical + 1) / 2;
    return level === 'elevated' ? elevated + 0.4 * (critical - elevated) : allNormal + 0.3 * (1 - allNormal);
  }

  private hold(share: number): void {
    clearInterval(this.holding);
    this.weigh(share * this.limitBytes);
    this.holding = setInterval(() => this.weigh(share * this.limitBytes), 20).unref();
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
