import { formatMb, toMb } from '../../units/index.js';
import type { Contradiction } from './contradiction.js';
import { isSoft, nameLimit } from './limit-wording.js';
import type { MemoryLimit } from './memory-limits.js';
import type { OldSpaceFlag } from './old-space-flag.js';

/** Measured: mixed JSON and Buffers survive up to a heap of 75 to 80 % of the limit. */
const ADVISED_SHARE = 0.75;
const CROWDED_SHARE = 0.8;
/** Node's default is 51 to 55 % of a container below 4 GiB. */
const IDLE_SHARE = 0.55;
/** A machine of 4 GiB, roughly; on a larger one without limits V8's default is nobody's mistake. */
const SMALL_MACHINE_BYTES = 4.25 * 1024 ** 3;

/**
 * Judges V8's heap ceiling against the limit of the whole process: above it, crowding it, or leaving it idle.
 */
export function findHeapContradiction(
  ceilingBytes: number,
  limit: MemoryLimit | undefined,
  oldSpace: OldSpaceFlag | undefined,
): Contradiction | undefined {
  if (!limit) return undefined;
  const share = ceilingBytes / limit.bytes;
  const ceiling = nameCeiling(ceilingBytes, oldSpace);
  const cure = `set --max-old-space-size=${adviseOldSpaceMb(limit.bytes, ceilingBytes, oldSpace)}`;
  if (toMb(ceilingBytes) > toMb(limit.bytes)) {
    const message = `${ceiling} is above ${nameLimit(limit)}, so ${consequence(limit)}: ${cure}.`;
    return { severity: 'warning', message };
  }
  if (share > CROWDED_SHARE) {
    const message =
      `${ceiling} is ${percent(share)} of ${nameLimit(limit)}, which leaves only ` +
      `${formatMb(limit.bytes - ceilingBytes)} for buffers, stacks and native code: ${cure}.`;
    return { severity: 'warning', message };
  }
  if (share <= IDLE_SHARE && (limit.source !== 'machine' || limit.bytes <= SMALL_MACHINE_BYTES)) {
    const message =
      `${ceiling} is ${percent(share)} of ${nameLimit(limit)}, so V8 runs out of memory while the rest lies ` +
      `idle: ${cure} to use it.`;
    return { severity: 'hint', message };
  }
  return undefined;
}

/**
 * A `--max-old-space-size` in MB, rounded down, with which the heap ceiling is about 75 % of a limit. V8 adds
 * its young generation to the flag: up to 48 MB in Node 20, more in later ones, as long as it takes the whole
 * machine for its own; how much is known once the flag is in use.
 */
export function adviseOldSpaceMb(limitBytes: number, ceilingBytes?: number, oldSpace?: OldSpaceFlag): number {
  const young = ceilingBytes && oldSpace ? Math.max(0, ceilingBytes - oldSpace.bytes) : 0;
  const isSmall = young <= limitBytes * (CROWDED_SHARE - ADVISED_SHARE);
  const target = limitBytes * ADVISED_SHARE - (isSmall ? 0 : young);
  return roundDown(toMb(Math.max(target, limitBytes / 2)));
}

/** Down to a sixteenth of the next lower power of two: 1475 becomes 1472, 384 stays. */
function roundDown(mb: number): number {
  const step = Math.max(1, 2 ** Math.floor(Math.log2(Math.max(mb, 1))) / 16);
  return Math.max(1, Math.floor(mb / step) * step);
}

function nameCeiling(bytes: number, oldSpace: OldSpaceFlag | undefined): string {
  const origin = oldSpace ? ` (--max-old-space-size=${toMb(oldSpace.bytes)}, ${oldSpace.from})` : '';
  return `V8's heap ceiling of ${formatMb(bytes)}${origin}`;
}

function consequence(limit: MemoryLimit): string {
  if (isSoft(limit)) return 'the process is throttled there before V8 reports out of memory';
  if (limit.source === 'option') return 'V8 lets garbage grow past that budget';
  if (limit.source === 'rlimit-data') return 'allocations fail before V8 sees a reason to collect';
  return 'the kernel kills the process before V8 reports out of memory';
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
