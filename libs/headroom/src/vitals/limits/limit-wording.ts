import { posix } from 'node:path';
import { formatMb } from '../../units/index.js';
import type { MemoryLimit } from './memory-limits.js';

/** A limit for people: its size and where it was found. */
export function nameLimit(limit: MemoryLimit): string {
  const size = formatMb(limit.bytes);
  switch (limit.source) {
    case 'option':
      return `the ${size} of the option memory.limit`;
    case 'cgroup-v1':
    case 'cgroup-v2':
      return `the cgroup's ${size} (${limit.detail})`;
    case 'rlimit-as':
      return `the ${size} of address space (ulimit -v, LimitAS=)`;
    case 'rlimit-data':
      return `the ${size} of data (ulimit -d, LimitDATA=)`;
    case 'node':
      return `the ${size} that ${limit.detail} tells`;
    case 'machine':
      return `the machine's ${size}`;
    default:
      return limit.source satisfies never;
  }
}

/** The setting behind a limit, in words of whoever set it, as far as the cgroup's path tells who that was. */
export function settingOf(limit: MemoryLimit): string {
  switch (limit.source) {
    case 'option':
      return 'the option memory.limit';
    case 'cgroup-v1':
    case 'cgroup-v2':
      return isSoft(limit) ? 'systemd `MemoryHigh=`' : cgroupSetting(limit.detail);
    case 'rlimit-as':
      return '`ulimit -v` or `LimitAS=`';
    case 'rlimit-data':
      return '`ulimit -d` or `LimitDATA=`';
    case 'node':
      return "the process's own limit";
    case 'machine':
      return "the machine's memory";
    default:
      return limit.source satisfies never;
  }
}

/** Whether the kernel only throttles at this limit (`memory.high`) instead of killing. */
export function isSoft(limit: MemoryLimit): boolean {
  return limit.source === 'cgroup-v2' && posix.basename(limit.detail) === 'memory.high';
}

function cgroupSetting(path: string): string {
  if (path.includes('kubepods')) return 'Kubernetes `resources.limits.memory`';
  if (/docker|libpod/.test(path)) return 'Docker `mem_limit`';
  if (/\.(?:service|slice|scope)\//.test(path)) return 'systemd `MemoryMax=`';
  return 'the container (Docker `mem_limit`, Kubernetes `resources.limits.memory`, systemd `MemoryMax=`)';
}
