import { readFileSync } from 'node:fs';

const KB = 1024;

/** Resident memory of another process, in bytes. */
export interface ProcessMemory {
  readonly rssBytes: number;
  /** The most it ever had. */
  readonly peakRssBytes: number;
}

/** Reads `/proc/<pid>/status` (proc_pid_status(5)); `undefined` where there is none, and when the process is gone. */
export function readProcessMemory(pid: number): ProcessMemory | undefined {
  try {
    return parseStatus(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return undefined;
  }
}

/** A process that has just died has a status without memory. */
export function parseStatus(text: string): ProcessMemory | undefined {
  const rss = /^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1];
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(text)?.[1];
  if (rss === undefined) return undefined;
  return { rssBytes: Number(rss) * KB, peakRssBytes: Number(peak ?? rss) * KB };
}
