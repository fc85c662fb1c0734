import { readCgroupLimits, readMemoryCgroup } from './cgroup-limits.js';
import { readMachineLimit } from './machine-memory.js';
import type { MemoryLimit, MemoryLimits } from './memory-limits.js';
import { parseRlimits } from './rlimits.js';
import type { SystemFiles } from './system-files.js';

/** What {@link readMemoryLimits} works from; sizes in bytes. */
export interface MemoryLimitInputs {
  readonly files: SystemFiles;
  /** `memory.limit` of the options. */
  readonly optionLimitBytes: number | undefined;
  /** V8's `heap_size_limit`. */
  readonly heapCeilingBytes: number;
  /** @default `MemTotal` of `/proc/meminfo`, else `os.totalmem()` */
  readonly machineBytes?: number | undefined;
  /** Asked only where no cgroup is found. @default `process.constrainedMemory()` */
  readonly constrainedBytes?: number | undefined;
}

/** Reads every limit on the memory of this process: cgroups, rlimits, the option, the machine. */
export function readMemoryLimits(inputs: MemoryLimitInputs): MemoryLimits {
  const { files, optionLimitBytes, heapCeilingBytes } = inputs;
  const machine = machineLimit(inputs);
  const cgroup = readMemoryCgroup(files);
  const cgroupLimits = cgroup ? readCgroupLimits(files, cgroup) : [];
  const found = [
    ...cgroupLimits,
    ...parseRlimits(files.readText('/proc/self/limits') ?? ''),
    ...(cgroup ? [] : constrainedLimit(inputs, machine.bytes)),
    ...optionLimit(optionLimitBytes),
    machine,
  ];
  const all = tightestFirst(found);
  return {
    effective: all[0]!,
    all,
    cgroup: tightestFirst(cgroupLimits)[0],
    heapCeilingBytes,
    machineBytes: machine.bytes,
  };
}

function machineLimit({ files, machineBytes }: MemoryLimitInputs): MemoryLimit {
  if (machineBytes === undefined) return readMachineLimit(files);
  return { source: 'machine', bytes: machineBytes, detail: 'machineBytes' };
}

function optionLimit(bytes: number | undefined): MemoryLimit[] {
  return bytes === undefined ? [] : [{ source: 'option', bytes, detail: 'memory.limit' }];
}

/** Node tells 0 for unknown and up to 1.8e19 for unlimited: only what is below the machine says something. */
function constrainedLimit(inputs: MemoryLimitInputs, machineBytes: number): MemoryLimit[] {
  const bytes = inputs.constrainedBytes ?? process.constrainedMemory();
  if (!(bytes > 0 && bytes < machineBytes)) return [];
  return [{ source: 'node', bytes, detail: 'process.constrainedMemory()' }];
}

/** A stable sort: of equal limits the one that was found first stays first. */
function tightestFirst(limits: readonly MemoryLimit[]): MemoryLimit[] {
  return limits.toSorted((a, b) => a.bytes - b.bytes);
}
