import { formatMb, toMb } from '../../units/index.js';
import type { Contradiction } from './contradiction.js';
import { findHeapContradiction } from './heap-contradictions.js';
import { isSoft, nameLimit, settingOf } from './limit-wording.js';
import type { MemoryLimit, MemoryLimits } from './memory-limits.js';
import type { OldSpaceFlag } from './old-space-flag.js';

/** What else is known about this process. */
export interface ContradictionContext {
  /** Names the origin of the heap ceiling, and tells how much V8 adds to the flag for its young generation. */
  readonly oldSpace?: OldSpaceFlag | undefined;
  /** What counts under the effective limit when the app has started, and the share of it that is critical. */
  readonly atStart?: { readonly usedBytes: number; readonly critical: number };
}

/** With less than this, times what it takes at its start, an app cannot do much. */
const ROOM_TO_WORK = 1.5;

/** Finds what contradicts among the limits, the worst first. Figures are compared as they are written, in MB. */
export function findContradictions(
  limits: MemoryLimits,
  context: ContradictionContext = {},
): Contradiction[] {
  // An address-space limit is to be removed, whatever its size: nothing else is held against it.
  const binding = limits.all.filter((limit) => limit.source !== 'rlimit-as');
  const found = [
    usedUpAtStart(limits, context),
    findHeapContradiction(limits.heapCeilingBytes, binding[0], context.oldSpace),
    aboveTheMachine(limits),
    optionWithoutEffect(binding),
    addressSpaceLimit(limits),
    throttledBeforeTheEnd(binding),
  ].filter((one) => one !== undefined);
  return found.toSorted((a, b) => Number(a.severity === 'hint') - Number(b.severity === 'hint'));
}

/** An app that is refused all work from its first second looks broken, and is not. */
function usedUpAtStart(
  { effective }: MemoryLimits,
  { atStart }: ContradictionContext,
): Contradiction | undefined {
  if (!atStart || atStart.usedBytes < effective.bytes * atStart.critical) return undefined;
  const { usedBytes, critical } = atStart;
  const message =
    `The process takes ${formatMb(usedBytes)} at its start already, and from ${formatMb(effective.bytes * critical)} on ` +
    `work is refused: raise ${nameLimit(effective)} to ${formatMb((usedBytes / critical) * ROOM_TO_WORK)} at least.`;
  return { severity: 'warning', message };
}

/** Only the tightest cgroup limit counts: a looser one above the machine does no harm. */
function aboveTheMachine({ cgroup, machineBytes }: MemoryLimits): Contradiction | undefined {
  if (!cgroup || toMb(cgroup.bytes) <= toMb(machineBytes)) return undefined;
  const message =
    `${capitalized(nameLimit(cgroup))} is more than the machine's ${formatMb(machineBytes)} and protects ` +
    `nobody: lower it in ${settingOf(cgroup)}.`;
  return { severity: 'warning', message };
}

function optionWithoutEffect(binding: readonly MemoryLimit[]): Contradiction | undefined {
  const option = binding.find((limit) => limit.source === 'option');
  const system = binding.find((limit) => limit.source !== 'option');
  if (!option || !system || toMb(option.bytes) <= toMb(system.bytes)) return undefined;
  const message =
    `The option memory.limit of ${formatMb(option.bytes)} has no effect above ${nameLimit(system)}: ` +
    `lower or remove it${system.source === 'machine' ? '' : `, or raise ${settingOf(system)}`}.`;
  return { severity: 'warning', message };
}

/** Node 24 needs more than 1 GiB of address space to start; V8 ends with SIGTRAP when a reservation fails. */
function addressSpaceLimit({ all }: MemoryLimits): Contradiction | undefined {
  const limit = all.find((one) => one.source === 'rlimit-as');
  if (!limit) return undefined;
  const message =
    `The address space is limited to ${formatMb(limit.bytes)}, but V8 reserves far more than it uses and ends ` +
    `with SIGTRAP when refused: remove ${settingOf(limit)} and use systemd \`MemoryMax=\` instead.`;
  return { severity: 'warning', message };
}

function throttledBeforeTheEnd(binding: readonly MemoryLimit[]): Contradiction | undefined {
  const high = binding[0];
  if (!high || !isSoft(high)) return undefined;
  const hardPath = high.detail.replace(/high$/, 'max');
  const hard = binding.find((limit) => limit.detail === hardPath);
  const message =
    `At ${nameLimit(high)} the kernel slows the process to a crawl instead of ending it` +
    `${hard ? ` at the ${formatMb(hard.bytes)} of memory.max` : ''}: remove ${settingOf(high)} and bound the ` +
    'process with `MemoryMax=` alone.';
  return { severity: 'hint', message };
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
