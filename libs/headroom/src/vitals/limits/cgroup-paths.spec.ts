import { describe, expect, it } from 'vitest';
import { findMemoryCgroup } from './cgroup-paths.js';
import { mountinfo, V1_MOUNT, V2_MOUNT } from './fixtures/cgroup-trees.js';

const UNIFIED = '41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw';

describe('the memory cgroup of a process', () => {
  it('is the v2 path and all above it up to the mount point', () => {
    expect(findMemoryCgroup('0::/app.slice/api.service\n', mountinfo(V2_MOUNT))).toEqual({
      version: 'cgroup-v2',
      directories: ['/sys/fs/cgroup/app.slice/api.service', '/sys/fs/cgroup/app.slice', '/sys/fs/cgroup'],
    });
  });

  it('is the mount point alone in a cgroup namespace', () => {
    expect(findMemoryCgroup('0::/\n', mountinfo(V2_MOUNT))?.directories).toEqual(['/sys/fs/cgroup']);
  });

  it('is that of the memory controller on v1, whatever it is mounted with', () => {
    const cpu = '32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu';
    const joint = '35 31 0:32 / /sys/fs/cgroup/hugetlb,memory rw - cgroup cgroup rw,hugetlb,memory';
    expect(findMemoryCgroup('7:cpu:/a\n4:hugetlb,memory:/b\n', mountinfo(cpu, joint))).toEqual({
      version: 'cgroup-v1',
      directories: ['/sys/fs/cgroup/hugetlb,memory/b', '/sys/fs/cgroup/hugetlb,memory'],
    });
  });

  it('is on v1 in a hybrid system whose v2 tree has no memory controller', () => {
    const found = findMemoryCgroup('4:memory:/api\n0::/\n', mountinfo(V1_MOUNT, UNIFIED));
    expect(found).toEqual({
      version: 'cgroup-v1',
      directories: ['/sys/fs/cgroup/memory/api', '/sys/fs/cgroup/memory'],
    });
  });

  it('is on v2 in a hybrid system whose v1 trees have no memory controller', () => {
    const cpu = '32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu';
    const found = findMemoryCgroup('4:cpu:/x\n0::/api\n', mountinfo(cpu, UNIFIED));
    expect(found).toEqual({
      version: 'cgroup-v2',
      directories: ['/sys/fs/cgroup/unified/api', '/sys/fs/cgroup/unified'],
    });
  });

  it('leaves the root of the mount out of the path (Docker without a cgroup namespace)', () => {
    const docker = '35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory';
    const directoriesOf = (path: string) =>
      findMemoryCgroup(`4:memory:${path}\n`, mountinfo(docker))?.directories;
    expect(directoriesOf('/docker/abc')).toEqual(['/sys/fs/cgroup/memory']);
    expect(directoriesOf('/docker/abc/child')).toEqual([
      '/sys/fs/cgroup/memory/child',
      '/sys/fs/cgroup/memory',
    ]);
  });

  it('does not take a name that merely begins alike for the root of the mount', () => {
    const docker = '35 31 0:32 /docker/ab /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory';
    expect(findMemoryCgroup('4:memory:/docker/abc\n', mountinfo(docker))?.directories).toEqual([
      '/sys/fs/cgroup/memory',
    ]);
  });

  it('is the mount point when the process lies outside of its cgroup namespace', () => {
    expect(findMemoryCgroup('0::/../../api\n', mountinfo(V2_MOUNT))?.directories).toEqual(['/sys/fs/cgroup']);
    const outer = V2_MOUNT.replace(' / /sys', ' /../.. /sys');
    expect(findMemoryCgroup('0::/\n', mountinfo(outer))?.directories).toEqual(['/sys/fs/cgroup']);
  });

  it('comes from the mount that shows the most ancestors', () => {
    const own = '35 31 0:32 /pod/box /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory';
    const host = '36 31 0:32 / /host/memory ro - cgroup cgroup rw,memory';
    expect(findMemoryCgroup('4:memory:/pod/box\n', mountinfo(own, host))?.directories).toEqual([
      '/host/memory/pod/box',
      '/host/memory/pod',
      '/host/memory',
    ]);
  });

  it('comes from the later of two mounts on one point, which hides the earlier', () => {
    const hidden = '35 31 0:32 / /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory';
    const visible = '36 35 0:32 /api /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory';
    expect(findMemoryCgroup('4:memory:/api\n', mountinfo(hidden, visible))?.directories).toEqual([
      '/sys/fs/cgroup/memory',
    ]);
  });

  it('is found where the mount point has escaped characters and optional fields', () => {
    const odd = String.raw`30 23 0:26 / /mnt/my\040cgroups\134x rw shared:4 master:1 - cgroup2 none rw`;
    expect(findMemoryCgroup('0::/a b\n', mountinfo(odd))?.directories).toEqual([
      String.raw`/mnt/my cgroups\x/a b`,
      String.raw`/mnt/my cgroups\x`,
    ]);
  });

  it('keeps colons in names and drops the mark of a removed cgroup', () => {
    expect(findMemoryCgroup('0::/a:b (deleted)\n', mountinfo(V2_MOUNT))?.directories[0]).toBe(
      '/sys/fs/cgroup/a:b',
    );
  });

  it('is that of v2 when the v1 hierarchy is not mounted here', () => {
    expect(findMemoryCgroup('4:memory:/api\n0::/\n', mountinfo(UNIFIED))?.version).toBe('cgroup-v2');
  });

  it('is none without a mount or without a line', () => {
    expect(findMemoryCgroup('0::/api\n', mountinfo())).toBeUndefined();
    expect(findMemoryCgroup('', mountinfo(V2_MOUNT))).toBeUndefined();
  });
});
