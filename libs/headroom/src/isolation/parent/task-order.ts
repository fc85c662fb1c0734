import type { MemoryFacts } from '../../vitals/index.js';
import type { CallName } from '../protocol/messages.js';

/** One task, as it is given to a child. */
export interface TaskOrder {
  readonly data: Uint8Array;
  readonly job?: { readonly fields: Uint8Array; readonly token: string | undefined };
  readonly maxResultBytes: number;
  readonly timeoutMs: number | undefined;
  /** Milliseconds that a task has after its signal was aborted. */
  readonly killAfterMs: number;
  readonly signal: AbortSignal | undefined;
  /** The task has begun, with the memory of its process. */
  readonly started: (memory: MemoryFacts) => void;
  /** Carries out what the task calls. */
  readonly call: (name: CallName, args: readonly unknown[]) => Promise<unknown>;
}
