import { describe, expect, it } from 'vitest';
import { MB } from './fixtures/cgroup-trees.js';
import { adviseOldSpaceMb } from './heap-contradictions.js';
import { findContradictions } from './limit-contradictions.js';
import type { MemoryLimit, MemoryLimits } from './memory-limits.js';
import type { OldSpaceFlag } from './old-space-flag.js';

const UNIT = '/sys/fs/cgroup/system.slice/api.service';

interface Case {
  machine?: number;
  max?: number;
  high?: number;
  option?: number;
  addressSpace?: number;
  data?: number;
  heap: number;
  directory?: string;
}

/** All in MB; an 8 GB machine and a systemd unit unless told. */
function limitsOf(given: Case): MemoryLimits {
  const { machine = 8192, directory = UNIT } = given;
  const cgroupLimits = [
    limit('cgroup-v2', given.max, `${directory}/memory.max`),
    limit('cgroup-v2', given.high, `${directory}/memory.high`),
  ].flat();
  const all = [
    ...cgroupLimits,
    ...limit('rlimit-as', given.addressSpace, 'rlimit-as'),
    ...limit('rlimit-data', given.data, 'rlimit-data'),
    ...limit('option', given.option, 'memory.limit'),
    ...limit('machine', machine, '/proc/meminfo: MemTotal'),
  ].toSorted((a, b) => a.bytes - b.bytes);
  return {
    effective: all[0]!,
    all,
    cgroup: cgroupLimits.toSorted((a, b) => a.bytes - b.bytes)[0],
    heapCeilingBytes: given.heap * MB,
    machineBytes: machine * MB,
  };
}

function limit(source: MemoryLimit['source'], mb: number | undefined, detail: string): MemoryLimit[] {
  return mb === undefined ? [] : [{ source, bytes: mb * MB, detail }];
}

function told(given: Case, oldSpace?: OldSpaceFlag): string[] {
  return findContradictions(limitsOf(given), { oldSpace }).map(
    ({ severity, message }) => `${severity}: ${message}`,
  );
}

describe('a heap ceiling', () => {
  it('above the machine is told with its origin and the size to set (the silent worker)', () => {
    const stale = { bytes: 4096 * MB, from: 'NODE_OPTIONS' } as const;
    expect(told({ machine: 2048, heap: 4144 }, stale)).toEqual([
      "warning: V8's heap ceiling of 4144MB (--max-old-space-size=4096, NODE_OPTIONS) is above the machine's " +
        '2048MB, so the kernel kills the process before V8 reports out of memory: ' +
        'set --max-old-space-size=1536.',
    ]);
  });

  it('at its floor is above a container of 256 MB', () => {
    expect(told({ max: 256, heap: 259 })).toEqual([
      `warning: V8's heap ceiling of 259MB is above the cgroup's 256MB (${UNIT}/memory.max), so the kernel ` +
        'kills the process before V8 reports out of memory: set --max-old-space-size=192.',
    ]);
  });

  it('that leaves no room for buffers is told', () => {
    expect(told({ max: 512, heap: 450 })).toEqual([
      `warning: V8's heap ceiling of 450MB is 88 % of the cgroup's 512MB (${UNIT}/memory.max), which leaves ` +
        'only 62MB for buffers, stacks and native code: set --max-old-space-size=384.',
    ]);
  });

  it('at half of the container is a hint', () => {
    expect(told({ max: 1024, heap: 560 })).toEqual([
      `hint: V8's heap ceiling of 560MB is 55 % of the cgroup's 1024MB (${UNIT}/memory.max), so V8 runs out of ` +
        'memory while the rest lies idle: set --max-old-space-size=768 to use it.',
    ]);
  });

  it('at half of a small machine is a hint, on a large one without limits nothing', () => {
    expect(told({ machine: 3936, heap: 2016 })).toEqual([
      expect.stringContaining("51 % of the machine's 3936MB"),
    ]);
    expect(told({ machine: 24576, heap: 4144 })).toEqual([]);
  });

  it('at half of a large container is a hint', () => {
    expect(told({ max: 8192, machine: 65536, heap: 2096 })).toHaveLength(1);
  });

  it('between 55 and 80 % is silent', () => {
    expect(told({ max: 1000, heap: 551 })).toEqual([]);
    expect(told({ max: 1000, heap: 800 })).toEqual([]);
    expect(told({ max: 1000, heap: 801 })).toHaveLength(1);
  });

  it('is held against the option when that is the tightest', () => {
    expect(told({ option: 512, max: 1024, heap: 524 })).toEqual([
      "warning: V8's heap ceiling of 524MB is above the 512MB of the option memory.limit, so V8 lets garbage " +
        'grow past that budget: set --max-old-space-size=384.',
    ]);
  });
});

describe('the advised heap size', () => {
  it.each([128, 200, 256, 300, 512, 777, 1024, 1967, 2048, 3936, 4096, 16384])(
    'silences what it was advised for, at %d MB',
    (mb) => {
      // Node 20 adds at most 48 MB, Node 24 was seen to add 192 MB where it does not see the limit.
      for (const young of [3, 12, 48, 192].filter((one) => one <= mb / 4)) {
        let oldSpace: OldSpaceFlag = { bytes: 2 * mb * MB, from: 'command line' };
        for (let boot = 0; boot < 2; boot++) {
          const advised = adviseOldSpaceMb(mb * MB, oldSpace.bytes + young * MB, oldSpace);
          oldSpace = { bytes: advised * MB, from: 'command line' };
        }
        const heap = oldSpace.bytes / MB + young;
        expect(told({ max: mb, machine: 65536, heap }, oldSpace)).toEqual([]);
        expect(heap / mb).toBeLessThanOrEqual(0.8);
      }
    },
  );

  it('is a number that people would choose', () => {
    expect([128, 512, 1967, 2048].map((mb) => adviseOldSpaceMb(mb * MB))).toEqual([96, 384, 1472, 1536]);
  });
});

describe('other contradictions', () => {
  it('an option above what the system gives has no effect', () => {
    expect(told({ option: 4096, max: 2048, heap: 1500 })).toEqual([
      `warning: The option memory.limit of 4096MB has no effect above the cgroup's 2048MB (${UNIT}/memory.max): ` +
        'lower or remove it, or raise systemd `MemoryMax=`.',
    ]);
    expect(told({ option: 4096, machine: 2048, heap: 1500 })).toEqual([
      "warning: The option memory.limit of 4096MB has no effect above the machine's 2048MB: lower or remove it.",
    ]);
  });

  it('a cgroup limit above the machine protects nobody', () => {
    expect(told({ max: 4096, machine: 2048, heap: 1500 })).toEqual([
      `warning: The cgroup's 4096MB (${UNIT}/memory.max) is more than the machine's 2048MB and protects nobody: ` +
        'lower it in systemd `MemoryMax=`.',
    ]);
  });

  it('a looser cgroup limit above the machine does no harm behind a tight one', () => {
    const limits = limitsOf({ max: 1024, heap: 768 });
    const outer = limit('cgroup-v2', 16384, '/sys/fs/cgroup/system.slice/memory.max');
    expect(findContradictions({ ...limits, all: [...limits.all, ...outer] })).toEqual([]);
  });

  it('a limited address space is told once, however tight', () => {
    for (const addressSpace of [1024, 65536]) {
      const messages = told({ addressSpace, max: 2048, heap: 1500 });
      expect(messages).toEqual([
        `warning: The address space is limited to ${addressSpace}MB, but V8 reserves far more than it uses and ` +
          'ends with SIGTRAP when refused: remove `ulimit -v` or `LimitAS=` and use systemd `MemoryMax=` instead.',
      ]);
    }
  });

  it('memory.high as what binds is a hint', () => {
    expect(told({ max: 512, high: 400, heap: 300 })).toEqual([
      `hint: At the cgroup's 400MB (${UNIT}/memory.high) the kernel slows the process to a crawl instead of ` +
        'ending it at the 512MB of memory.max: remove systemd `MemoryHigh=` and bound the process with ' +
        '`MemoryMax=` alone.',
    ]);
    expect(told({ high: 400, heap: 300 })).toHaveLength(1);
    expect(told({ max: 400, high: 512, heap: 300 })).toEqual([]);
  });

  it('a limited data segment makes allocations fail', () => {
    expect(told({ data: 512, heap: 600 })[0]).toContain('ulimit -d, LimitDATA=), so allocations fail');
  });

  it('puts warnings before hints and says each thing once', () => {
    const messages = told({
      max: 4096,
      high: 400,
      option: 9000,
      machine: 2048,
      addressSpace: 900,
      heap: 4144,
    });
    expect(messages.map((message) => message.split(':')[0])).toEqual([
      'warning',
      'warning',
      'warning',
      'hint',
    ]);
    expect(new Set(messages.map((message) => message.split(': ')[2])).size).toBe(messages.length);
  });

  it('figures that are written alike do not contradict', () => {
    const limits = limitsOf({ machine: 2048, option: 2048.2, max: 2048.3, heap: 1500 });
    expect(findContradictions(limits)).toEqual([]);
  });
});

describe('the setting to change', () => {
  it.each([
    ['/sys/fs/cgroup/system.slice/api.service', 'raise systemd `MemoryMax=`.'],
    ['/sys/fs/cgroup/system.slice/docker-1f.scope', 'raise Docker `mem_limit`.'],
    ['/sys/fs/cgroup/kubepods.slice/kubepods-pod1.slice', 'raise Kubernetes `resources.limits.memory`.'],
    ['/sys/fs/cgroup', 'raise the container (Docker `mem_limit`, Kubernetes'],
  ])('for %s is: %s', (directory, words) => {
    expect(told({ option: 999, max: 512, heap: 384, directory })[0]).toContain(words);
  });
});

describe('a limit that is used up at the start', () => {
  const limits = limitsOf({ option: 60, heap: 30 });
  const foundWith = (usedMb: number) => {
    const atStart = { usedBytes: usedMb * MB, critical: 0.9 };
    return findContradictions(limits, { atStart }).filter(({ message }) => message.includes('at its start'));
  };

  it('is told, with what it would have to be', () => {
    expect(foundWith(139)).toEqual([
      {
        severity: 'warning',
        message:
          'The process takes 139MB at its start already, and from 54MB on work is refused: raise the 60MB of the option ' +
          'memory.limit to 232MB at least.',
      },
    ]);
  });

  it('is none below what is critical', () => {
    expect(foundWith(53)).toEqual([]);
    expect(findContradictions(limits)).not.toContainEqual(
      expect.objectContaining({ message: /at its start/ }),
    );
  });
});
