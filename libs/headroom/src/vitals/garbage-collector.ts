import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * V8's collector as a function, or `undefined` where it cannot be had. Without `--expose-gc` on the command
 * line it is taken from a context that is made while the flag is on; the app's own globals do not change.
 */
export function findGarbageCollector(): (() => void) | undefined {
  const { gc } = globalThis;
  if (gc) return () => gc();
  try {
    setFlagsFromString('--expose-gc');
    const collect: unknown = runInNewContext('globalThis.gc');
    setFlagsFromString('--no-expose-gc');
    return typeof collect === 'function' ? () => void collect() : undefined;
  } catch {
    return undefined;
  }
}
