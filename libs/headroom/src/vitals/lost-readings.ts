import type { SafeLogger } from '../listeners/index.js';
import { formatMb } from '../units/index.js';
import type { MemoryLimit } from './limits/index.js';
import type { VitalsSample } from './vitals-sample.js';

type Readings = Pick<VitalsSample, 'workingSetBytes' | 'machineAvailableBytes'>;

/** Tells what the kernel does not tell any more, once, and that the limit in force has changed, each time. */
export class LostReadings {
  private readonly told = new Set<keyof Readings>();

  constructor(
    private readonly logger: Pick<SafeLogger, 'warn'>,
    private readonly platform: NodeJS.Platform = process.platform,
  ) {}

  sampled(before: Readings, now: Readings): void {
    if (now.workingSetBytes === undefined && before.workingSetBytes !== undefined) {
      this.tell('workingSetBytes', "the cgroup's memory", 'RSS is judged alone');
    }
    // On Linux there is a /proc/meminfo, unless it is hidden.
    const wasThere = before.machineAvailableBytes !== undefined || this.platform === 'linux';
    if (now.machineAvailableBytes === undefined && wasThere) {
      this.tell('machineAvailableBytes', "the machine's available memory", 'it is not judged');
    }
  }

  limited(before: MemoryLimit, now: MemoryLimit): void {
    if (before.bytes === now.bytes && before.source === now.source) return;
    this.logger.warn(
      `memory limit ${formatMb(now.bytes)} (${now.source}, ${now.detail}) from now on; it was ` +
        `${formatMb(before.bytes)} (${before.source}, ${before.detail})`,
    );
  }

  private tell(reading: keyof Readings, what: string, consequence: string): void {
    if (this.told.has(reading)) return;
    this.told.add(reading);
    this.logger.warn(`${what} cannot be read: ${consequence} while that is so`);
  }
}
