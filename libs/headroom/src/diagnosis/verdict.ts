import type { Certainty, ExitCause } from './exit-explanation.js';

/** What a rule found out. */
export interface Verdict {
  readonly cause: ExitCause;
  readonly certainty: Certainty;
  /** What happened, as the end of a sentence: `ran out of heap: ...`. */
  readonly what: string;
  /** What it is concluded from. */
  readonly evidence: readonly string[];
}

export const MEMORY_CAUSES: ReadonlySet<ExitCause> = new Set<ExitCause>([
  'heap-limit',
  'kernel-oom-kill',
  'address-space-limit',
  'invalid-size',
  'thread-out-of-memory',
  'buffer-allocation',
  'memory-limit',
]);
