import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readMemoryCgroup } from './cgroup-limits.js';
import { CgroupMemory } from './cgroup-memory.js';
import { MB, systemFiles } from './fixtures/cgroup-trees.js';
import { readMemoryLimits } from './read-memory-limits.js';
import { SystemFiles } from './system-files.js';

const here = new SystemFiles();
const own = readMemoryCgroup(here);

/** A real v1 cgroup below our own (v2 forbids processes beside child cgroups); needs root. */
function tryMakeCgroup(): string | undefined {
  const parent = own?.version === 'cgroup-v1' ? own.directories[0] : undefined;
  if (parent === undefined) return undefined;
  const directory = `${parent}/headroom-spec-${process.pid}-${Date.now()}`;
  try {
    mkdirSync(directory);
    return directory;
  } catch {
    return undefined;
  }
}

const probe = tryMakeCgroup();
if (probe !== undefined) rmdirSync(probe);

function makeCgroup(limitBytes: number): string {
  const directory = tryMakeCgroup()!;
  onTestFinished(() => rmdirSync(directory));
  writeFileSync(`${directory}/memory.limit_in_bytes`, String(limitBytes));
  return directory;
}

/** The real kernel files, seen as a process in another cgroup would. */
function filesSeenIn(directory: string): SystemFiles {
  const mountPoint = own!.directories.at(-1)!;
  const files = systemFiles({
    '/proc/self/cgroup': `4:memory:${directory.slice(mountPoint.length)}\n`,
    '/proc/self/mountinfo': `35 31 0:32 / ${mountPoint} rw - cgroup cgroup rw,memory\n`,
    '/proc/meminfo': here.readText('/proc/meminfo')!,
  });
  symlinkSync('/sys', join(files.root, 'sys'));
  return files;
}

/** A node process in the cgroup until the test ends; resolves when the script has printed something. */
async function runIn(directory: string, script: string): Promise<void> {
  const shell = 'echo $$ > "$0/cgroup.procs" && exec "$1" -e "$2"';
  const child = spawn('sh', ['-c', shell, directory, process.execPath, script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  });
  await once(child.stdout, 'data');
}

it.runIf(process.platform === 'linux')('reads the limits that hold for this very process', () => {
  const limits = readMemoryLimits({
    files: here,
    optionLimitBytes: undefined,
    heapCeilingBytes: getHeapStatistics().heap_size_limit,
  });
  expect(limits.effective.bytes).toBeGreaterThan(64 * MB);
  expect(limits.effective.bytes).toBeLessThanOrEqual(limits.machineBytes);
});

describe.runIf(probe !== undefined)('in a real v1 cgroup', () => {
  it('finds its limit, and counts a child but not the page cache it left', async () => {
    const directory = makeCgroup(400 * MB);
    const scratch = mkdtempSync(join(tmpdir(), 'headroom-cache-'));
    onTestFinished(() => rmSync(scratch, { recursive: true, force: true }));
    const files = filesSeenIn(directory);
    const { effective, cgroup } = readMemoryLimits({
      files,
      optionLimitBytes: undefined,
      heapCeilingBytes: 0,
    });
    expect(effective).toEqual({
      source: 'cgroup-v1',
      bytes: 400 * MB,
      detail: `${directory}/memory.limit_in_bytes`,
    });

    const script = `
      const kept = Buffer.alloc(60 << 20, 1);
      const { openSync, writeSync, fsyncSync } = require('node:fs');
      const fd = openSync(${JSON.stringify(join(scratch, 'cache'))}, 'w');
      const chunk = Buffer.alloc(1 << 20, 2);
      for (let i = 0; i < 100; i++) writeSync(fd, chunk);
      fsyncSync(fd);
      setInterval(() => kept.length, 1000);
      console.log('ready');`;
    await runIn(directory, script);
    const memory = CgroupMemory.open(files, cgroup)!;
    onTestFinished(() => memory.close());
    const usage = Number(here.readText(`${directory}/memory.usage_in_bytes`));
    const workingSet = memory.workingSetBytes()!;

    expect(usage).toBeGreaterThan(150 * MB);
    expect(workingSet).toBeGreaterThan(60 * MB);
    expect(workingSet).toBeLessThan(usage - 80 * MB);
  });

  it('reads nothing, and does not throw, once the cgroup is removed under open descriptors', () => {
    const directory = makeCgroup(400 * MB);
    const files = filesSeenIn(directory);
    const { cgroup } = readMemoryLimits({ files, optionLimitBytes: undefined, heapCeilingBytes: 0 });
    const memory = CgroupMemory.open(files, cgroup)!;
    onTestFinished(() => memory.close());
    expect(memory.workingSetBytes()).toBeGreaterThanOrEqual(0);
    rmdirSync(directory);
    expect(memory.workingSetBytes()).toBeUndefined();
    mkdirSync(directory);
    expect(memory.workingSetBytes()).toBeGreaterThanOrEqual(0);
  });
});
