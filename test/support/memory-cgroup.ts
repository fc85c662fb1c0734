import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { delegateMemory, memoryHierarchy, type CgroupVersion } from './memory-hierarchy.js';
import { skipped } from './skip.js';

export interface RunResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** The child is killed after this time. @default 30000 */
  readonly timeoutMs?: number;
  readonly cwd?: string;
  /** Added to the environment of this process. */
  readonly env?: NodeJS.ProcessEnv;
}

/** Names of the files that hold the same thing in both versions. */
const FILES = {
  1: { limit: 'memory.limit_in_bytes', usage: 'memory.usage_in_bytes', events: 'memory.oom_control' },
  2: { limit: 'memory.max', usage: 'memory.current', events: 'memory.events' },
} as const;

let created = 0;

/** A real memory cgroup with a limit and, where the kernel lets it be set, without swap. */
export class MemoryCgroup {
  private constructor(
    readonly version: CgroupVersion,
    /** The folder under /sys/fs/cgroup. */
    readonly path: string,
  ) {}

  /** Below the cgroup of this process, or within another one to nest limits. */
  static create(limitBytes: number, within?: MemoryCgroup): MemoryCgroup {
    const { version, folder } = within ? { version: within.version, folder: within.path } : memoryHierarchy();
    if (version === 2) delegateMemory(folder);
    removeLeftovers(folder);
    const path = join(folder, `headroom-${process.pid}-${++created}`);
    mkdirSync(path);
    const cgroup = new MemoryCgroup(version, path);
    cgroup.write(FILES[version].limit, limitBytes);
    if (version === 1) cgroup.writeIfThere('memory.memsw.limit_in_bytes', limitBytes);
    else cgroup.writeIfThere('memory.swap.max', 0);
    return cgroup;
  }

  get limitBytes(): number {
    return Number(this.read(FILES[this.version].limit));
  }

  get usageBytes(): number {
    return Number(this.read(FILES[this.version].usage));
  }

  /** Processes that the kernel killed because the limit was reached. */
  get oomKills(): number {
    return Number(/^oom_kill (\d+)$/m.exec(this.read(FILES[this.version].events))?.[1] ?? 0);
  }

  /** Any file of the cgroup, for example `memory.stat`. */
  read(file: string): string {
    return readFileSync(join(this.path, file), 'utf8').trim();
  }

  write(file: string, value: string | number): void {
    writeFileSync(join(this.path, file), `${value}`);
  }

  /** `node ...nodeArgs` inside the cgroup from its first instruction; the pid and an IPC channel are node's own. */
  spawn(nodeArgs: readonly string[], options: SpawnOptions = {}): ChildProcess {
    const enter = 'echo $$ > "$0" && exec "$@"';
    const args = ['-c', enter, join(this.path, 'cgroup.procs'), process.execPath, ...nodeArgs];
    return spawn('sh', args, options);
  }

  /** Runs `node ...nodeArgs` inside the cgroup to its end. */
  async run(nodeArgs: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const { timeoutMs: timeout = 30_000, env, ...rest } = options;
    const child = this.spawn(nodeArgs, {
      ...rest,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout,
      killSignal: 'SIGKILL',
    });
    const ended = new Promise<Pick<RunResult, 'code' | 'signal'>>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve({ code, signal }));
    });
    const [stdout, stderr, end] = await Promise.all([text(child.stdout!), text(child.stderr!), ended]);
    return { ...end, stdout, stderr };
  }

  /** Kills what still runs inside, nested cgroups included, and removes the folder. */
  async remove(): Promise<void> {
    for (const nested of this.nested()) await nested.remove();
    const deadline = Date.now() + 10_000;
    while (existsSync(this.path)) {
      try {
        this.killAll();
        rmdirSync(this.path);
      } catch (error) {
        if (Date.now() > deadline) throw new Error(`${this.path} cannot be removed`, { cause: error });
        // Killed processes leave the cgroup only when the kernel has taken them apart, and nothing tells when.
        await delay(20);
      }
    }
  }

  private nested(): MemoryCgroup[] {
    if (!existsSync(this.path)) return [];
    const folders = readdirSync(this.path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return folders.map((entry) => new MemoryCgroup(this.version, join(this.path, entry.name)));
  }

  private killAll(): void {
    for (const pid of this.read('cgroup.procs').split('\n').filter(Boolean)) {
      process.kill(Number(pid), 'SIGKILL');
    }
  }

  private writeIfThere(file: string, value: number): void {
    if (existsSync(join(this.path, file))) this.write(file, value);
  }
}

/**
 * For specs that need a real limit: `describe.skipIf(memoryCgroupOrSkip())`. Prints the reason and returns it
 * when none can be made; throws instead with `REQUIRE_MEMORY_CGROUP=1`.
 */
export function memoryCgroupOrSkip(): string | undefined {
  try {
    const cgroup = MemoryCgroup.create(64 * 1024 * 1024);
    rmdirSync(cgroup.path);
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return skipped('specs with a real memory limit', reason, 'REQUIRE_MEMORY_CGROUP');
  }
}

/** Empty cgroups of test processes that were killed before they could tidy up. */
function removeLeftovers(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = /^headroom-(\d+)-\d+$/.exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    try {
      rmdirSync(join(folder, name));
    } catch {
      // Still in use, perhaps by a process of another pid namespace.
    }
  }
}
