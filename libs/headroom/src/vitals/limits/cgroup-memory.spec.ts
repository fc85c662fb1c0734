import { describe, expect, it, onTestFinished } from 'vitest';
import { CgroupMemory } from './cgroup-memory.js';
import { MB, statText, systemFiles, v1System, v2System, writeSystemFile } from './fixtures/cgroup-trees.js';
import { readMemoryLimits } from './read-memory-limits.js';
import type { SystemFiles } from './system-files.js';

function openTightest(files: SystemFiles): CgroupMemory | undefined {
  const { cgroup } = readMemoryLimits({ files, optionLimitBytes: undefined, heapCeilingBytes: 0 });
  const memory = CgroupMemory.open(files, cgroup);
  onTestFinished(() => memory?.close());
  return memory;
}

/** Kernel memory of the whole machine, as `/proc/meminfo` has it. */
function slab(reclaimableMb: number, keptMb: number): string {
  return (
    `SReclaimable: ${reclaimableMb * 1024} kB\nSUnreclaim: ${(keptMb - 30) * 1024} kB\n` +
    `KernelStack: ${10 * 1024} kB\nPageTables: ${20 * 1024} kB\n`
  );
}

/** What is left out of 800 MB that a v1 cgroup uses. */
function droppableMb(kernelMb: number, meminfo: string): number {
  const files = systemFiles({
    ...v1System('/api', {
      '/api/memory.limit_in_bytes': 1024 * MB,
      '/api/memory.usage_in_bytes': 800 * MB,
      '/api/memory.kmem.usage_in_bytes': kernelMb * MB,
      '/api/memory.stat': statText({ total_rss: 90 * MB }),
    }),
    '/proc/meminfo': `MemTotal: 8388608 kB\nMemAvailable: 6291456 kB\n${meminfo}`,
  });
  return 800 - openTightest(files)!.workingSetBytes()! / MB;
}

/** The same, with so much that is free. */
function machine(freeMb: number): string {
  return `MemTotal: ${8192 * 1024} kB\nMemFree: ${freeMb * 1024} kB\nMemAvailable: 6291456 kB\n${slab(900, 120)}`;
}

describe('the working set of a cgroup', () => {
  it('is the v2 usage without what can be dropped', () => {
    const files = systemFiles(
      v2System('/api', {
        '/api/memory.max': 512 * MB,
        '/api/memory.current': 400 * MB,
        '/api/memory.stat': statText({
          anon: 90 * MB,
          inactive_file: 200 * MB,
          active_file: 70 * MB,
          slab_reclaimable: 30 * MB,
        }),
      }),
    );
    expect(openTightest(files)?.workingSetBytes()).toBe(100 * MB);
  });

  it('is the v1 usage without the page cache of the whole subtree', () => {
    const files = systemFiles(
      v1System('/api', {
        '/api/memory.limit_in_bytes': 512 * MB,
        '/api/memory.usage_in_bytes': 400 * MB,
        '/api/memory.stat': statText({
          rss: MB,
          inactive_file: MB,
          total_rss: 90 * MB,
          total_inactive_file: 200 * MB,
          total_active_file: 100 * MB,
        }),
      }),
    );
    expect(openTightest(files)?.workingSetBytes()).toBe(100 * MB);
  });

  describe('on v1, where the kernel tells its caches of names only for the whole machine', () => {
    it('leaves out what must be such', () => {
      expect(droppableMb(500, slab(900, 120))).toBe(380);
    });

    it('counts what the machine has more of memory that nobody accounts for: it may lie in pipes of the cgroup', () => {
      const files = systemFiles({
        ...v1System('/api', {
          '/api/memory.limit_in_bytes': 1024 * MB,
          '/api/memory.usage_in_bytes': 800 * MB,
          '/api/memory.kmem.usage_in_bytes': 500 * MB,
          '/api/memory.stat': statText({ total_rss: 90 * MB }),
        }),
        '/proc/meminfo': machine(7000),
      });
      const memory = openTightest(files)!;
      expect(memory.workingSetBytes()).toBe((800 - 380) * MB);
      writeSystemFile(files.root, '/proc/meminfo', machine(6700));
      expect(memory.workingSetBytes()).toBe((800 - 80) * MB);
      // Also when the limits have been read anew.
      expect(openTightest(files)!.workingSetBytes()).toBe((800 - 80) * MB);
    });

    it('leaves out no more than there is of them on the machine', () => {
      expect(droppableMb(500, slab(200, 120))).toBe(200);
    });

    it('counts all where kernel memory may be kept, is little, or is not told', () => {
      expect(droppableMb(100, slab(900, 120))).toBe(0);
      expect(droppableMb(49, slab(900, 30))).toBe(0);
      expect(droppableMb(500, '')).toBe(0);
    });
  });

  it('is never below the anonymous memory, which cannot be dropped', () => {
    const v2 = systemFiles(
      v2System('/api', {
        '/api/memory.current': 400 * MB,
        '/api/memory.stat': statText({ anon: 350 * MB, inactive_file: 300 * MB }),
      }),
    );
    expect(openTightest(v2)?.workingSetBytes()).toBe(350 * MB);
    const v1 = systemFiles(
      v1System('/api', {
        '/api/memory.usage_in_bytes': 400 * MB,
        '/api/memory.stat': statText({ rss: MB, total_rss: 350 * MB, total_inactive_file: 300 * MB }),
      }),
    );
    expect(openTightest(v1)?.workingSetBytes()).toBe(350 * MB);
  });

  it('is never negative', () => {
    const files = systemFiles(
      v2System('/api', {
        '/api/memory.current': MB,
        '/api/memory.stat': statText({ anon: 0, inactive_file: 2 * MB }),
      }),
    );
    expect(openTightest(files)?.workingSetBytes()).toBe(0);
  });

  it('is that of the slice whose limit binds, siblings included', () => {
    const files = systemFiles(
      v2System('/app.slice/api', {
        '/app.slice/memory.max': 512 * MB,
        '/app.slice/memory.current': 480 * MB,
        '/app.slice/memory.stat': statText({ anon: 450 * MB, inactive_file: 10 * MB }),
        '/app.slice/api/memory.max': 'max\n',
        '/app.slice/api/memory.current': 100 * MB,
        '/app.slice/api/memory.stat': statText({ anon: 90 * MB, inactive_file: 0 }),
      }),
    );
    const memory = openTightest(files);
    expect(memory?.directory).toBe('/sys/fs/cgroup/app.slice');
    expect(memory?.workingSetBytes()).toBe(470 * MB);
  });

  it('is that of the outer of two equal limits, which is reached first', () => {
    const files = systemFiles(
      v2System('/pod/box', { '/pod/memory.max': 512 * MB, '/pod/box/memory.max': 512 * MB }),
    );
    expect(openTightest(files)?.directory).toBe('/sys/fs/cgroup/pod');
  });

  it('is that of the own cgroup when nothing limits', () => {
    const files = systemFiles(
      v2System('/app.slice/api', {
        '/app.slice/memory.current': 480 * MB,
        '/app.slice/memory.stat': statText({ anon: 0 }),
        '/app.slice/api/memory.current': 100 * MB,
        '/app.slice/api/memory.stat': statText({ anon: 0, inactive_file: 0 }),
      }),
    );
    expect(openTightest(files)?.workingSetBytes()).toBe(100 * MB);
  });

  it('is that of the next cgroup above with a memory controller', () => {
    const files = systemFiles(
      v2System('/user.slice/shell', {
        '/user.slice/memory.current': 50 * MB,
        '/user.slice/memory.stat': statText({ anon: 0, inactive_file: 0 }),
        '/user.slice/shell/cgroup.procs': '',
      }),
    );
    expect(openTightest(files)?.workingSetBytes()).toBe(50 * MB);
  });

  it('follows the files as they change', () => {
    const files = systemFiles(
      v2System('/api', { '/api/memory.current': 9 * MB, '/api/memory.stat': statText({ anon: 0 }) }),
    );
    const memory = openTightest(files);
    expect(memory?.workingSetBytes()).toBe(9 * MB);
    writeSystemFile(files.root, '/sys/fs/cgroup/api/memory.current', 123 * MB);
    expect(memory?.workingSetBytes()).toBe(123 * MB);
  });

  it('is unknown where there is no cgroup, in the v2 root, and after close', () => {
    expect(openTightest(systemFiles({}))).toBeUndefined();
    expect(openTightest(systemFiles(v2System('/', { '/cgroup.procs': '' })))).toBeUndefined();
    const memory = openTightest(
      systemFiles(v2System('/api', { '/api/memory.current': MB, '/api/memory.stat': 'anon 0\n' })),
    );
    expect(memory?.workingSetBytes()).toBe(MB);
    memory?.close();
    expect(memory?.workingSetBytes()).toBeUndefined();
  });

  it('is unknown rather than wrong when memory.stat cannot be read', () => {
    const files = systemFiles(v2System('/api', { '/api/memory.current': MB }));
    expect(openTightest(files)?.workingSetBytes()).toBeUndefined();
  });
});
