import type { WorkCost } from '../../admission/index.js';
import type { CallName } from '../protocol/messages.js';
import type { ChildSpec } from './child-launch.js';

/** A task that is to run, with all that was decided about it. */
export interface TaskRequest {
  readonly spec: ChildSpec;
  readonly cost: WorkCost;
  readonly data: Uint8Array;
  readonly job?: { readonly fields: Uint8Array; readonly token: string | undefined };
  readonly timeoutMs: number | undefined;
  readonly isWarm: boolean;
  readonly signal: AbortSignal | undefined;
  readonly call: (name: CallName, args: readonly unknown[]) => Promise<unknown>;
}
