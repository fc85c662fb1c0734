import {
  isJudgedByAddressSpace,
  isJudgedByWorkingSet,
  type MemoryLimits,
  type VitalsSample,
} from '../vitals/index.js';
import { heapSignal } from './heap-signal.js';
import { heldBelow, type PressureSignal, signal } from './pressure-signal.js';

export interface SignalSettings {
  readonly elevated: number;
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

/**
 * All signals that a sample gives, the highest score first.
 *
 * @param foresee raises what is about to reach its limit. NOTE: not for the heap, whose garbage always climbs.
 */
export function readSignals(
  sample: VitalsSample,
  limits: MemoryLimits,
  settings: SignalSettings,
  foresee: (climbing: PressureSignal) => PressureSignal = (calm) => calm,
): PressureSignal[] {
  const { maxEventLoopDelayMs } = settings;
  // Below the point at which critical is left, too: such a signal must not keep it alive.
  const belowCritical = Math.max(settings.elevated, settings.critical - settings.exitMargin - 0.001);
  const { bytes: limitBytes } = limits.effective;
  const signals = [heapSignal(sample, belowCritical)];
  if (!isJudgedByWorkingSet(sample, limitBytes) && !isJudgedByAddressSpace(sample, limitBytes)) {
    signals.push(foresee(signal('rss', sample.rssBytes, limitBytes)));
  }
  if (sample.workingSetBytes !== undefined && sample.workingSetLimitBytes !== undefined) {
    signals.push(foresee(signal('working-set', sample.workingSetBytes, sample.workingSetLimitBytes)));
  }
  if (sample.addressSpaceBytes !== undefined && sample.addressSpaceLimitBytes !== undefined) {
    // What was freed stays mapped, and can be used again: to refuse all work for that would be for good.
    const mapped = signal('address-space', sample.addressSpaceBytes, sample.addressSpaceLimitBytes);
    signals.push(heldBelow(belowCritical, foresee(mapped)));
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
