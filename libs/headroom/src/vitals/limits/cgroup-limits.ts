import { findMemoryCgroup, type MemoryCgroup } from './cgroup-paths.js';
import type { MemoryLimit } from './memory-limits.js';
import type { SystemFiles } from './system-files.js';
import { isLimit } from './unlimited.js';

/** The cgroup of this process, or `undefined` where there is none (macOS, Windows, no cgroup mounted). */
export function readMemoryCgroup(files: SystemFiles): MemoryCgroup | undefined {
  const cgroupText = files.readText('/proc/self/cgroup');
  const mountinfoText = files.readText('/proc/self/mountinfo');
  if (cgroupText === undefined || mountinfoText === undefined) return undefined;
  return findMemoryCgroup(cgroupText, mountinfoText);
}

/**
 * Every limit of the cgroup and of those above it, the outermost first: of two equal limits the outer one
 * binds, since its usage holds that of the inner one. In bytes; the file that gave it is the `detail`.
 */
export function readCgroupLimits(files: SystemFiles, cgroup: MemoryCgroup): MemoryLimit[] {
  const limits: MemoryLimit[] = [];
  for (const directory of cgroup.directories.toReversed()) {
    if (!bindsFrom(files, cgroup, directory)) continue;
    for (const name of limitFiles(cgroup.version)) {
      const detail = `${directory}/${name}`;
      const bytes = parseLimit(files.readText(detail));
      if (bytes !== undefined) limits.push({ source: cgroup.version, bytes, detail });
    }
  }
  return limits;
}

function limitFiles(version: MemoryCgroup['version']): readonly string[] {
  return version === 'cgroup-v2' ? ['memory.max', 'memory.high'] : ['memory.limit_in_bytes'];
}

/** Before Linux 5.11 a v1 cgroup bounds what lies below it only with `memory.use_hierarchy` set. */
function bindsFrom(files: SystemFiles, cgroup: MemoryCgroup, directory: string): boolean {
  if (cgroup.version === 'cgroup-v2' || directory === cgroup.directories[0]) return true;
  return files.readText(`${directory}/memory.use_hierarchy`)?.trim() !== '0';
}

/** Bytes, or `undefined` for none: `max` in v2, an absurd number in v1. */
function parseLimit(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d+\s*$/.test(text)) return undefined;
  const bytes = Number(text);
  return isLimit(bytes) ? bytes : undefined;
}
