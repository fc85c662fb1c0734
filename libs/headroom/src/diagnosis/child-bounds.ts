import { getHeapStatistics } from 'node:v8';
import { parseBytes } from '../units/index.js';
import { findOldSpaceFlag, readMemoryLimits, SystemFiles } from '../vitals/limits/index.js';
import type { ExitMemory } from './exit-facts.js';

/** How a child process is started. */
export interface ChildStart {
  /** @default those of this process, which `fork()` hands on */
  readonly execArgv?: readonly string[] | undefined;
  /** @default that of this process */
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/** The bounds on the memory of a child process in our cgroup. Reads some files: for the moment of its death. */
export function boundsOfChild(start: ChildStart): Pick<ExitMemory, 'heapCeilingBytes' | 'limitBytes'> {
  const heapCeilingBytes = ceilingOf(start);
  return { ...(heapCeilingBytes !== undefined && { heapCeilingBytes }), limitBytes: tightestLimit() };
}

/** The same for a thread of this process: its `resourceLimits` bound its heap. */
export function boundsOfThread(maxOldGenerationSizeMb: number | undefined): ReturnType<typeof boundsOfChild> {
  const heapCeilingBytes = maxOldGenerationSizeMb && parseBytes(`${maxOldGenerationSizeMb}m`);
  return { ...(heapCeilingBytes && { heapCeilingBytes }), limitBytes: tightestLimit() };
}

/** Without a flag a child has V8's default, which is ours too where we have none. */
function ceilingOf({ execArgv = process.execArgv, env = process.env }: ChildStart): number | undefined {
  const flag = findOldSpaceFlag(execArgv, env.NODE_OPTIONS);
  if (flag) return flag.bytes;
  const own = findOldSpaceFlag(process.execArgv, process.env.NODE_OPTIONS);
  return own ? undefined : getHeapStatistics().heap_size_limit;
}

function tightestLimit(): number {
  const files = new SystemFiles();
  return readMemoryLimits({ files, optionLimitBytes: undefined, heapCeilingBytes: 0 }).effective.bytes;
}
