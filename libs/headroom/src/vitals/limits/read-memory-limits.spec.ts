import { describe, expect, it } from 'vitest';
import {
  limitsText,
  MACHINE,
  MB,
  systemFiles,
  type Tree,
  V1_UNLIMITED,
  v1System,
  v2System,
} from './fixtures/cgroup-trees.js';
import { type MemoryLimitInputs, readMemoryLimits } from './read-memory-limits.js';

const MACHINE_LIMIT = { source: 'machine', bytes: 8192 * MB, detail: '/proc/meminfo: MemTotal' };

function limitsOf(tree: Tree, inputs: Partial<MemoryLimitInputs> = {}) {
  return readMemoryLimits({
    files: systemFiles(tree),
    optionLimitBytes: undefined,
    heapCeilingBytes: 100 * MB,
    ...inputs,
  });
}

describe('the memory limits in force', () => {
  it('are the machine alone when nothing limits', () => {
    const limits = limitsOf(v2System('/api', { '/api/memory.max': 'max\n', '/api/memory.high': 'max\n' }));
    expect(limits).toEqual({
      effective: MACHINE_LIMIT,
      all: [MACHINE_LIMIT],
      cgroup: undefined,
      heapCeilingBytes: 100 * MB,
      machineBytes: 8192 * MB,
    });
  });

  it('hold the v2 limit of the container', () => {
    const limits = limitsOf(v2System('/', { '/memory.max': 512 * MB, '/memory.high': 'max\n' }));
    expect(limits.effective).toEqual({
      source: 'cgroup-v2',
      bytes: 512 * MB,
      detail: '/sys/fs/cgroup/memory.max',
    });
    expect(limits.cgroup).toBe(limits.effective);
  });

  it('hold a limit of a slice above, which process.constrainedMemory() does not see', () => {
    const limits = limitsOf(
      v2System('/app.slice/api', {
        '/app.slice/memory.max': 512 * MB,
        '/app.slice/api/memory.max': 1024 * MB,
      }),
    );
    expect(limits.effective.detail).toBe('/sys/fs/cgroup/app.slice/memory.max');
    expect(limits.all.map(({ bytes }) => bytes / MB)).toEqual([512, 1024, 8192]);
  });

  it('bind at memory.high where it lies below memory.max', () => {
    const limits = limitsOf(v2System('/api', { '/api/memory.max': 512 * MB, '/api/memory.high': 400 * MB }));
    expect(limits.effective).toMatchObject({
      bytes: 400 * MB,
      detail: '/sys/fs/cgroup/api/memory.high',
    });
  });

  it('bind at memory.max where memory.high is equal or above', () => {
    const limits = limitsOf(v2System('/api', { '/api/memory.max': 512 * MB, '/api/memory.high': 512 * MB }));
    expect(limits.effective.detail).toBe('/sys/fs/cgroup/api/memory.max');
  });

  it('hold the v1 limits of the cgroup and of those above, without the unlimited ones', () => {
    const limits = limitsOf(
      v1System('/pod/box', {
        '/memory.limit_in_bytes': V1_UNLIMITED,
        '/pod/memory.limit_in_bytes': 600 * MB,
        '/pod/memory.use_hierarchy': 1,
        '/pod/box/memory.limit_in_bytes': V1_UNLIMITED,
      }),
    );
    expect(limits.all).toEqual([
      {
        source: 'cgroup-v1',
        bytes: 600 * MB,
        detail: '/sys/fs/cgroup/memory/pod/memory.limit_in_bytes',
      },
      MACHINE_LIMIT,
    ]);
  });

  it('leave out a v1 ancestor that does not bind what lies below it', () => {
    const limits = limitsOf(
      v1System('/pod/box', {
        '/pod/memory.limit_in_bytes': 100 * MB,
        '/pod/memory.use_hierarchy': 0,
        '/pod/box/memory.limit_in_bytes': 600 * MB,
        '/pod/box/memory.use_hierarchy': 0,
      }),
    );
    expect(limits.all.map(({ bytes }) => bytes / MB)).toEqual([600, 8192]);
  });

  it('survive files that are missing, empty or nonsense', () => {
    const limits = limitsOf(v2System('/gone/api', { '/gone/memory.max': '', '/memory.max': 'lots\n' }));
    expect(limits.all).toEqual([MACHINE_LIMIT]);
  });

  it('hold the rlimits', () => {
    const rlimits = limitsText({ addressSpace: String(2048 * MB), data: String(1024 * MB) });
    const limits = limitsOf({ ...v2System('/', {}), '/proc/self/limits': rlimits });
    expect(limits.all.map(({ source, bytes }) => [source, bytes / MB])).toEqual([
      ['rlimit-data', 1024],
      ['rlimit-as', 2048],
      ['machine', 8192],
    ]);
  });

  it('hold the option, tight or not', () => {
    const tree = v2System('/', { '/memory.max': 512 * MB });
    expect(limitsOf(tree, { optionLimitBytes: 256 * MB }).effective).toEqual({
      source: 'option',
      bytes: 256 * MB,
      detail: 'memory.limit',
    });
    const loose = limitsOf(tree, { optionLimitBytes: 1024 * MB });
    expect(loose.effective.source).toBe('cgroup-v2');
    expect(loose.all.map(({ source }) => source)).toEqual(['cgroup-v2', 'option', 'machine']);
  });

  it('keep a limit above the machine in sight, but the machine binds', () => {
    const limits = limitsOf(v2System('/', { '/memory.max': 9000 * MB }));
    expect(limits.effective).toEqual(MACHINE_LIMIT);
    expect(limits.cgroup?.bytes).toBe(9000 * MB);
    expect(limits.all).toHaveLength(2);
  });
});

describe('a system without /proc', () => {
  const asked = { machineBytes: 8192 * MB };

  it('is limited as Node tells', () => {
    const limits = limitsOf({}, { ...asked, constrainedBytes: 512 * MB });
    expect(limits.effective).toMatchObject({ source: 'node', bytes: 512 * MB });
    expect(limits.cgroup).toBeUndefined();
  });

  it.each([0, 8192 * MB, 2 ** 53, 1.8446744073709552e19])('is not limited when Node tells %d', (bytes) => {
    expect(limitsOf({}, { ...asked, constrainedBytes: bytes }).effective.source).toBe('machine');
  });

  it('has the memory that the OS tells', () => {
    expect(limitsOf({}, { constrainedBytes: 0 }).machineBytes).toBeGreaterThan(64 * MB);
  });
});

it('does not ask Node where a cgroup is found: it sees the own cgroup only', () => {
  const limits = limitsOf({ ...v2System('/', {}), ...MACHINE }, { constrainedBytes: 100 * MB });
  expect(limits.effective.source).toBe('machine');
});
