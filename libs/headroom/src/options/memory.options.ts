import type { ByteSize } from '../units/index.js';
import { MIN_LIMIT_BYTES } from './bounds.js';
import type { OptionReader } from './option-reader.js';

/** @publicApi */
export interface MemoryOptions {
  /**
   * Memory that this process may use, when that is less than what the container or machine would give:
   * bytes, or a text such as `'512mb'`. The tightest of this and of the limits found in the system applies.
   *
   * @default none: the limits found in the system apply
   * Minimum: `32mb`.
   */
  limit?: ByteSize;
  /**
   * Whether V8 is asked to collect garbage when pressure stays critical for a second. V8 collects when it
   * allocates; a process that is refused all work would keep its garbage, and with it the pressure. A
   * collection blocks the loop (measured: 35 ms with 160 MB of heap); when it does not help it is asked for
   * less and less. At elevated it is asked for after five seconds, while the loop is busy for less than a tenth of its time.
   *
   * @default true
   */
  collectGarbage?: boolean;
  /**
   * A file in which learned memory costs are kept across restarts, so that heavy work is known from the first
   * unit on. Written whole every minute and at shutdown; one that is broken is ignored with a warning.
   *
   * @default none: costs are learned anew
   */
  costsFile?: string;
}

export interface ResolvedMemoryOptions {
  readonly limitBytes: number | undefined;
  readonly collectGarbage: boolean;
  readonly costsFile: string | undefined;
}

export function readMemoryOptions(read: OptionReader): ResolvedMemoryOptions {
  return {
    limitBytes: read.bytes('memory.limit', MIN_LIMIT_BYTES),
    collectGarbage: read.oneOf('memory.collectGarbage', [true, false], true),
    costsFile: read.text('memory.costsFile', 'the path of a file'),
  };
}
