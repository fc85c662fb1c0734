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
  /** What it adds to the judgement: its share, held below `critical` where refusing work would not help. */
  readonly score: number;
}

export interface SignalSettings {
  readonly critical: number;
  readonly exitMargin: number;
  readonly maxEventLoopDelayMs: number | false;
}

/**
 * A machine of 64 GB with a tenth left still has room for a service of this kind; one of 4 GB hardly. So what
 * is left is judged as if no machine were larger than this.
 */
const LARGEST_MACHINE_BYTES = 4 * 1024 ** 3;

/** Below this share of the machine's used memory, the shortage is somebody else's. */
const OWN_SHARE_OF_MACHINE = 0.25;

/** All signals that a sample gives, the highest score first. */
export function readSignals(
  sample: VitalsSample,
  limits: MemoryLimits,
  settings: SignalSettings,
): PressureSignal[] {
  const { maxEventLoopDelayMs } = settings;
  // Below the point at which critical is left, too: such a signal must not keep it alive.
  const belowCritical = settings.critical - settings.exitMargin - 0.001;
  const signals = [
    signal('heap', sample.heapUsedBytes, sample.heapCeilingBytes),
    signal('rss', sample.rssBytes, limits.effective.bytes),
  ];
  if (sample.workingSetBytes !== undefined && sample.workingSetLimitBytes !== undefined) {
    signals.push(signal('working-set', sample.workingSetBytes, sample.workingSetLimitBytes));
  }
  if (sample.machineAvailableBytes !== undefined) {
    const machine = machineSignal(limits.machineBytes, sample.machineAvailableBytes);
    signals.push(isOurs(sample, limits) ? machine : heldBelow(belowCritical, machine));
  }
  if (maxEventLoopDelayMs !== false) {
    // The memory budget refuses requests for memory. A late loop slows batch work down; the turn gate mends it.
    const loop = signal('event-loop', sample.eventLoop.maxDelayMs, maxEventLoopDelayMs);
    signals.push(heldBelow(belowCritical, loop));
  }
  return signals.toSorted((a, b) => b.score - a.score);
}

function machineSignal(machineBytes: number, availableBytes: number): PressureSignal {
  const judgedBytes = Math.min(machineBytes, LARGEST_MACHINE_BYTES);
  return signal('machine', Math.max(0, judgedBytes - availableBytes), judgedBytes);
}

/** Refusing our work cannot free what others hold: a shortage that is not ours refuses nobody. */
function isOurs(sample: VitalsSample, { machineBytes }: MemoryLimits): boolean {
  const { rssBytes, workingSetBytes = 0, machineAvailableBytes = 0 } = sample;
  // The cgroup holds our children too.
  return Math.max(rssBytes, workingSetBytes) >= OWN_SHARE_OF_MACHINE * (machineBytes - machineAvailableBytes);
}

function signal(name: PressureSignalName, used: number, limit: number): PressureSignal {
  const share = limit > 0 ? used / limit : 0;
  return { name, used, limit, share, score: share };
}

function heldBelow(score: number, held: PressureSignal): PressureSignal {
  return held.score > score ? { ...held, score } : held;
}
