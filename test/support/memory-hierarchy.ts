import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

export type CgroupVersion = 1 | 2;

export interface MemoryHierarchy {
  readonly version: CgroupVersion;
  /** The folder in which cgroups with a memory limit can be made. */
  readonly folder: string;
}

interface CgroupMount {
  readonly version: CgroupVersion;
  /** Which cgroup is seen at the mount point. */
  readonly root: string;
  readonly mountPoint: string;
}

/** Where this process may make memory cgroups; throws with the reason when there is no such place. */
export function memoryHierarchy(): MemoryHierarchy {
  if (process.platform !== 'linux')
    throw new Error(`memory cgroups exist on Linux only, not on ${process.platform}`);
  const mount = memoryMount();
  if (mount === undefined) throw new Error('no cgroup hierarchy with the memory controller is mounted');
  const own = ownFolder(mount);
  if (mount.version === 1) return { version: 1, folder: own };
  return { version: 2, folder: nearestWithMemory(own, mount.mountPoint) };
}

/** v2: children of `folder` get the memory files. Fails where processes sit in `folder` itself. */
export function delegateMemory(folder: string): void {
  if (!controllers(folder, 'cgroup.subtree_control').includes('memory')) {
    writeFileSync(join(folder, 'cgroup.subtree_control'), '+memory');
  }
}

/** On hybrid systems the memory controller belongs to v1: look there first. */
function memoryMount(): CgroupMount | undefined {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n').map(cgroupMount);
  return mounts.find((mount) => mount?.version === 1) ?? mounts.find((mount) => mount?.version === 2);
}

function cgroupMount(line: string): CgroupMount | undefined {
  const [mounted = '', described = ''] = line.split(' - ');
  const [, , , root = '/', mountPoint = ''] = mounted.split(' ');
  const [type, , options = ''] = described.split(' ');
  if (type === 'cgroup' && options.split(',').includes('memory')) return { version: 1, root, mountPoint };
  if (type === 'cgroup2' && controllers(mountPoint, 'cgroup.controllers').includes('memory')) {
    return { version: 2, root, mountPoint };
  }
  return undefined;
}

function ownFolder({ version, root, mountPoint }: CgroupMount): string {
  const lines = readFileSync('/proc/self/cgroup', 'utf8').split('\n');
  const fields = lines.map((line) => /^\d+:([^:]*):(.*)$/.exec(line));
  const own = fields.find((field) =>
    version === 1 ? field?.[1]?.split(',').includes('memory') : field?.[1] === '',
  );
  const below = relative(root, own?.[2] ?? root);
  return below.startsWith('..') ? mountPoint : join(mountPoint, below);
}

/** v2: a cgroup that holds processes cannot give controllers to children, so the place may be further up. */
function nearestWithMemory(own: string, mountPoint: string): string {
  for (let folder = own; folder.startsWith(mountPoint); folder = dirname(folder)) {
    try {
      delegateMemory(folder);
      return folder;
    } catch {
      // Not ours, or occupied: try the one above.
    }
  }
  throw new Error(
    `neither ${own} nor a cgroup above it can give the memory controller to children (root needed?)`,
  );
}

function controllers(folder: string, file: string): string[] {
  return readFileSync(join(folder, file), 'utf8').trim().split(' ');
}
