import { parseBytes } from '../../units/index.js';

/** A `--max-old-space-size` that this process was started with. */
export interface OldSpaceFlag {
  readonly bytes: number;
  readonly from: 'command line' | 'NODE_OPTIONS';
}

const FLAG = /^--max[-_]old[-_]space[-_]size=(\d+)$/;

/**
 * Finds the `--max-old-space-size` in force; the command line beats `NODE_OPTIONS`, the last one given beats
 * those before it.
 *
 * @param execArgv `process.execArgv`
 * @param nodeOptions the environment variable `NODE_OPTIONS`
 */
export function findOldSpaceFlag(
  execArgv: readonly string[],
  nodeOptions: string | undefined,
): OldSpaceFlag | undefined {
  return lastFlag(execArgv, 'command line') ?? lastFlag((nodeOptions ?? '').split(/[\s"]+/), 'NODE_OPTIONS');
}

function lastFlag(words: readonly string[], from: OldSpaceFlag['from']): OldSpaceFlag | undefined {
  const mb = words.map((word) => FLAG.exec(word)?.[1]).findLast((value) => value !== undefined);
  const bytes = mb === undefined ? undefined : parseBytes(`${mb}m`);
  return bytes ? { bytes, from } : undefined;
}
