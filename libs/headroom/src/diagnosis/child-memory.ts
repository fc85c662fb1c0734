import { writeFileSync } from 'node:fs';
import { KeptFile, numberAfter } from '../vitals/limits/index.js';
import type { ExitMemory } from './exit-facts.js';

/** The resident memory of another process, as Linux tells it; elsewhere nothing is known. Never throws. */
export class ChildMemory {
  private readonly status: KeptFile;
  private startRssBytes: number | undefined;
  private lastRssBytes: number | undefined;
  private peakRssBytes: number | undefined;

  constructor(pid: number, procRoot = '/proc') {
    this.status = new KeptFile(`${procRoot}/${pid}/status`, 4096);
  }

  /** From here on `startRssBytes` is that of the work that starts now. */
  start(): void {
    this.look();
    this.startRssBytes = this.lastRssBytes;
  }

  /** Some 20 microseconds; nothing is left to read when the process has ended. */
  look(): void {
    const text = this.status.read();
    if (text === undefined) return;
    this.lastRssBytes = bytesAfter(text, 'VmRSS') ?? this.lastRssBytes;
    // The kernel keeps the peak: one between two looks is seen by the second one.
    this.peakRssBytes = bytesAfter(text, 'VmHWM') ?? this.peakRssBytes;
  }

  facts(): ExitMemory {
    const { startRssBytes, lastRssBytes, peakRssBytes } = this;
    return {
      ...(startRssBytes !== undefined && { startRssBytes }),
      ...(lastRssBytes !== undefined && { lastRssBytes }),
      ...(peakRssBytes !== undefined && { peakRssBytes }),
    };
  }

  close(): void {
    this.status.close();
  }
}

/**
 * Asks the kernel to kill this child first when memory runs out, and not the app that started it. Needs no rights; where
 * it cannot be asked, nothing happens.
 */
export function sacrificeFirst(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '1000');
  } catch {
    // No Linux, or the child is gone.
  }
}

function bytesAfter(status: string, key: string): number | undefined {
  const kib = numberAfter(status.replaceAll('\t', ' '), key);
  return kib === undefined ? undefined : kib * 1024;
}
