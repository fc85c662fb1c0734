import type { MemoryLimits, VitalsSample } from '../vitals/index.js';

/**
 * What is held against a limit.
 *
 * - `heap`: the JavaScript heap against V8's ceiling
 * - `rss`: this process against the effective limit
 * - `working-set`: the cgroup, children included and droppable page cache taken out, against the cgroup's limit
 * - `machine`: what the machine has given away, whoever has it
 * - `event-loop`: the longest delay of the window against `pressure.maxEventLoopDelayMs`
 *
 * @publicApi
 */
export type PressureSignalName = 'heap' | 'rss' | 'working-set' | 'machine' | 'event-loop';

/**
 * One signal as a share of its limit. Bytes for memory, milliseconds for the event loop.
 *
 * @publicApi
 */
export interface PressureSignal {
  readonly name: PressureSignalName;
  readonly used: number;
  readonly limit: number;
  /** `used / limit`; may be above 1. */
  readonly share: number;
}

export interface SignalSettings {
  readonly critical: number;
  readonly maxEventLoopDelayMs: number | false;
}

/**
 * A machine of 64 GB with a tenth left still has room for a service of this kind; one of 4 GB hardly. So what
 * is left is judged as if no machine were larger than this.
 */
const LARGEST_MACHINE_BYTES = 4 * 1024 ** 3;

/** Below this share of the machine's used memory, the shortage is somebody else's. */
const OWN_SHARE_OF_MACHINE = 0.25;

/** All signals that a sample gives, the largest share first. */
export function readSignals(
  sample: VitalsSample,
  limits: MemoryLimits,
  settings: SignalSettings,
): PressureSignal[] {
  const signals = [
    signal('heap', sample.heapUsedBytes, sample.heapCeilingBytes),
    signal('rss', sample.rssBytes, limits.effective.bytes),
  ];
  if (sample.workingSetBytes !== undefined && limits.cgroup) {
    signals.push(signal('working-set', sample.workingSetBytes, limits.cgroup.bytes));
  }
  if (sample.machineAvailableBytes !== undefined) {
    signals.push(machineSignal(sample, sample.machineAvailableBytes, limits.machineBytes, settings.critical));
  }
  if (settings.maxEventLoopDelayMs !== false) {
    signals.push(signal('event-loop', sample.eventLoop.maxDelayMs, settings.maxEventLoopDelayMs));
  }
  return signals.toSorted((a, b) => b.share - a.share);
}

/**
 * Refusing our work cannot free what others hold: unless this process is a main user of the machine, the
 * machine's shortage slows batch work down (`elevated`) but never refuses requests (`critical`).
 */
function machineSignal(
  sample: VitalsSample,
  availableBytes: number,
  machineBytes: number,
  critical: number,
): PressureSignal {
  const judgedBytes = Math.min(machineBytes, LARGEST_MACHINE_BYTES);
  const used = Math.max(0, judgedBytes - availableBytes);
  const judged = signal('machine', used, judgedBytes);
  const isOurs = sample.rssBytes >= OWN_SHARE_OF_MACHINE * (machineBytes - availableBytes);
  const justBelowCritical = critical - 0.001;
  return isOurs || judged.share <= justBelowCritical ? judged : { ...judged, share: justBelowCritical };
}

function signal(name: PressureSignalName, used: number, limit: number): PressureSignal {
  return { name, used, limit, share: limit > 0 ? used / limit : 0 };
}
