/** The cgroups that bound the memory of a process, as directories. */
export interface MemoryCgroup {
  readonly version: 'cgroup-v1' | 'cgroup-v2';
  /** The process's own cgroup first, then one level up each, the mount point last. */
  readonly directories: readonly string[];
}

interface CgroupMount {
  /** The cgroup that is visible at the mount point. */
  readonly root: string;
  readonly point: string;
}

/**
 * Finds the cgroup that memory is charged to from the texts of `/proc/self/cgroup` (cgroups(7)) and
 * `/proc/self/mountinfo` (proc_pid_mountinfo(5)). A v1 memory controller goes first: where it is mounted, the
 * v2 tree of a hybrid system has none.
 */
export function findMemoryCgroup(cgroupText: string, mountinfoText: string): MemoryCgroup | undefined {
  const paths = parseCgroupPaths(cgroupText);
  if (paths.v1 !== undefined) {
    const found = locate('cgroup-v1', paths.v1, parseMounts(mountinfoText, 'cgroup', 'memory'));
    if (found) return found;
  }
  if (paths.v2 === undefined) return undefined;
  return locate('cgroup-v2', paths.v2, parseMounts(mountinfoText, 'cgroup2'));
}

/** Lines are `id:controllers:path`; v2 has the id 0 and no controllers. */
function parseCgroupPaths(text: string): { v1?: string; v2?: string } {
  const paths: { v1?: string; v2?: string } = {};
  for (const line of text.split('\n')) {
    const [, id, controllers, path] = /^(\d+):([^:]*):(\/.*?)(?: \(deleted\))?$/.exec(line) ?? [];
    if (path === undefined) continue;
    if (controllers?.split(',').includes('memory')) paths.v1 = path;
    else if (id === '0' && controllers === '') paths.v2 = path;
  }
  return paths;
}

function parseMounts(text: string, type: 'cgroup' | 'cgroup2', controller?: string): CgroupMount[] {
  const byPoint = new Map<string, CgroupMount>();
  for (const line of text.split('\n')) {
    const [mount, device] = line.split(' - ');
    if (mount === undefined || device === undefined) continue;
    const [fsType, , superOptions = ''] = device.split(' ');
    if (fsType !== type) continue;
    if (controller !== undefined && !superOptions.split(',').includes(controller)) continue;
    const [, , , root, point] = mount.split(' ');
    if (root === undefined || point === undefined) continue;
    // A later mount on the same point hides the earlier one.
    byPoint.set(unescape(point), { root: unescape(root), point: unescape(point) });
  }
  return [...byPoint.values()];
}

/** The kernel writes space, tab, newline and backslash in mountinfo as three octal digits. */
function unescape(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

function locate(
  version: MemoryCgroup['version'],
  path: string,
  mounts: readonly CgroupMount[],
): MemoryCgroup | undefined {
  // The shortest root shows the most ancestors.
  const shows = mounts
    .filter((mount) => isWithin(path, mount.root))
    .toSorted((a, b) => a.root.length - b.root.length)[0];
  if (shows) {
    const below = shows.root === '/' ? path : path.slice(shows.root.length);
    return { version, directories: directoriesUpTo(shows.point, below) };
  }
  // The path lies outside of what the cgroup namespace or the mount shows: only the top can be read.
  const last = mounts.at(-1);
  return last && { version, directories: [last.point] };
}

function isWithin(path: string, root: string): boolean {
  if (path.split('/').includes('..') || root.split('/').includes('..')) return false;
  return root === '/' || path === root || path.startsWith(`${root}/`);
}

function directoriesUpTo(point: string, below: string): string[] {
  const names = below.split('/').filter((name) => name !== '');
  const directories = [point];
  for (const name of names) directories.unshift(`${directories[0]!.replace(/\/$/, '')}/${name}`);
  return directories;
}
