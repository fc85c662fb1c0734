import type { MemoryFacts } from '../../vitals/index.js';
import type { PlainError } from './plain-error.js';

/** Where a task is found: given to the child on its command line. */
export interface TaskPlace {
  /** `file:` URL of the module. */
  readonly url: string;
  /** The export that is the task. */
  readonly exportName: string;
  /** The module may export a processor class of this name instead; then its `process()` is the task. */
  readonly processor?: string;
  /** A module of Nest, made into an application context before the first task. */
  readonly context?: { readonly url: string; readonly exportName: string };
}

/** What a task's methods of the job, or of its context, are called with in the parent. */
export type CallName =
  | 'updateProgress'
  | 'log'
  | 'updateData'
  | 'clearLogs'
  | 'getChildrenValues'
  | 'getIgnoredChildrenFailures'
  | 'getDependencies'
  | 'getDependenciesCount'
  | 'moveToDelayed'
  | 'moveToWait'
  | 'moveToWaitingChildren'
  | 'extendLock';

/** `data`, `job` and `result` are payloads: see `payload.ts`. */
export type ToChild =
  | {
      readonly type: 'run';
      readonly id: number;
      readonly data: Uint8Array;
      readonly job?: { readonly fields: Uint8Array; readonly token: string | undefined };
      readonly maxResultBytes: number;
    }
  | { readonly type: 'abort'; readonly id: number; readonly reason: PlainError }
  /** The app ends in good order: what runs may end too. */
  | { readonly type: 'draining' }
  | {
      readonly type: 'answer';
      readonly call: number;
      readonly value?: Uint8Array;
      readonly error?: PlainError;
    };

export type FromChild =
  | { readonly type: 'ready' }
  | { readonly type: 'started'; readonly id: number; readonly memory: MemoryFacts }
  | { readonly type: 'memory'; readonly memory: MemoryFacts }
  | {
      readonly type: 'call';
      readonly id: number;
      readonly call: number;
      readonly name: CallName;
      readonly args: Uint8Array;
    }
  | {
      readonly type: 'done';
      readonly id: number;
      readonly memory: MemoryFacts;
      readonly result: Uint8Array;
    }
  | {
      readonly type: 'failed';
      readonly id: number;
      readonly memory: MemoryFacts;
      readonly error: PlainError;
    };

const MARK = 'nestjs-headroom';

/** A message as it is sent. */
export function marked<Message extends FromChild | ToChild>(message: Message): Message & { by: string } {
  return { ...message, by: MARK };
}

/** Anything may talk over an IPC channel, the task's own `process.send()` too: only what is marked as ours is taken. */
export function isOurs(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'by' in message && message.by === MARK;
}
