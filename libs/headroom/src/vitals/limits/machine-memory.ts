import { freemem, totalmem } from 'node:os';
import type { KeptFile } from './kept-file.js';
import { numberAfter } from './key-value-text.js';
import type { MemoryLimit } from './memory-limits.js';
import type { SystemFiles } from './system-files.js';

const MEMINFO = '/proc/meminfo';

/** The memory that the machine has: `MemTotal` of `/proc/meminfo`, elsewhere what the OS tells. */
export function readMachineLimit(files: SystemFiles): MemoryLimit {
  const kib = numberAfter(files.readText(MEMINFO) ?? '', 'MemTotal');
  return kib === undefined
    ? { source: 'machine', bytes: totalmem(), detail: 'os.totalmem()' }
    : { source: 'machine', bytes: kib * 1024, detail: `${MEMINFO}: MemTotal` };
}

/** What the machine could still give without swapping, read again and again. */
export class MachineMemory {
  private readonly meminfo: KeptFile;

  constructor(
    files: SystemFiles,
    private readonly platform: NodeJS.Platform = process.platform,
  ) {
    this.meminfo = files.keep(MEMINFO);
  }

  /**
   * `MemAvailable` in bytes, on Windows `os.freemem()`: there it is the physical memory that can be had without writing
   * anything to disk (`ullAvailPhys` of `GlobalMemoryStatusEx`). `undefined` elsewhere: on macOS `os.freemem()` leaves out
   * what can be reclaimed, and would report a healthy machine as full.
   */
  availableBytes(): number | undefined {
    const kib = numberAfter(this.meminfo.read() ?? '', 'MemAvailable');
    if (kib !== undefined) return kib * 1024;
    return this.platform === 'win32' ? freemem() : undefined;
  }

  close(): void {
    this.meminfo.close();
  }
}
