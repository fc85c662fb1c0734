import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';

import { type MemoryCgroup, readMemoryCgroup, SystemFiles } from '../../vitals/index.js';

/** Names of the files that hold the same in both versions. */
const FILES = {
  'cgroup-v1': {
    limit: 'memory.limit_in_bytes',
    swap: 'memory.memsw.limit_in_bytes',
    peak: 'memory.max_usage_in_bytes',
    events: 'memory.oom_control',
  },
  'cgroup-v2': {
    limit: 'memory.max',
    swap: 'memory.swap.max',
    peak: 'memory.peak',
    events: 'memory.events',
  },
} as const;
const PREFIX = 'headroom-task-';

/** Where cgroups of children are made: within the cgroup of this process. */
export class ChildCgroups {
  private made = 0;

  private constructor(
    private readonly version: MemoryCgroup['version'],
    private readonly folder: string,
  ) {}

  /**
   * Finds the place, and makes it ready. On v2 a cgroup with processes can have no limited ones below it, so this
   * process moves into one of its own beside them; systemd allows it under `Delegate=memory`.
   *
   * @throws when no cgroup can be made there
   */
  static open(): ChildCgroups {
    const own = readMemoryCgroup(new SystemFiles());
    if (!own) throw new Error('this process is in no memory cgroup');
    const folder = own.directories[0]!;
    if (own.version === 'cgroup-v2') makeRoomForLimits(folder);
    removeLeftovers(folder);
    const cgroups = new ChildCgroups(own.version, folder);
    cgroups.make(64 * 1024 ** 2).remove();
    return cgroups;
  }

  make(limitBytes: number): ChildCgroup {
    const path = join(this.folder, `${PREFIX}${process.pid}-${++this.made}`);
    mkdirSync(path);
    return new ChildCgroup(this.version, path, limitBytes);
  }
}

/** A memory cgroup for one child: the kernel kills within it, and nobody else. */
export class ChildCgroup {
  constructor(
    private readonly version: MemoryCgroup['version'],
    readonly path: string,
    readonly limitBytes: number,
  ) {
    const { limit, swap } = FILES[version];
    writeFileSync(join(path, limit), String(limitBytes));
    const swapFile = join(path, swap);
    // Of v1 it is memory and swap together.
    if (existsSync(swapFile)) writeFileSync(swapFile, String(version === 'cgroup-v1' ? limitBytes : 0));
  }

  add(pid: number): void {
    writeFileSync(join(this.path, 'cgroup.procs'), String(pid));
  }

  /** Processes in it that the kernel killed. */
  get oomKills(): number {
    return Number(/^oom_kill (\d+)$/m.exec(this.read(FILES[this.version].events))?.[1] ?? 0);
  }

  get peakBytes(): number | undefined {
    return Number(this.read(FILES[this.version].peak)) || undefined;
  }

  /** Removes it; one that the kernel has not emptied yet is left to the next process that makes some. */
  remove(): void {
    try {
      rmdirSync(this.path);
    } catch {
      // A child that was killed leaves its cgroup a little later.
    }
  }

  private read(file: string): string {
    try {
      return readFileSync(join(this.path, file), 'utf8');
    } catch {
      return '';
    }
  }
}

function makeRoomForLimits(folder: string): void {
  const control = join(folder, 'cgroup.subtree_control');
  if (readFileSync(control, 'utf8').split(/\s+/).includes('memory')) return;
  const main = join(folder, 'headroom-main');
  mkdirSync(main, { recursive: true });
  for (const pid of readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean)) {
    writeFileSync(join(main, 'cgroup.procs'), pid);
  }
  writeFileSync(control, '+memory');
}

function removeLeftovers(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-\\d+$`).exec(name)?.[1];
    if (pid === undefined || (Number(pid) !== process.pid && existsSync(`/proc/${pid}`))) continue;
    try {
      rmdirSync(join(folder, name));
    } catch {
      // Still in use.
    }
  }
}
