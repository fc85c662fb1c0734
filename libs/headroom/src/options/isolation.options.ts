import type { ByteSize } from '../units/index.js';
import { MAX_TIMER_MS } from './bounds.js';
import type { OptionReader } from './option-reader.js';

const MB = 1024 ** 2;

/**
 * Tasks in processes of their own: `IsolatedTaskRunner` and `@IsolatedProcessor()`.
 *
 * @publicApi
 */
export interface IsolationOptions {
  /**
   * Child processes at once, warm ones included; further tasks wait for their turn.
   *
   * @default the number of processors that this process may use, at most 4
   * Minimum: `1`, maximum: `64`.
   */
  maxChildren?: number;
  /**
   * V8's ceiling in each child (`--max-old-space-size`): bytes or a text such as `'512mb'`.
   *
   * @default three quarters of a child's share of the memory budget
   * Minimum: `16mb`.
   */
  heap?: ByteSize;
  /**
   * Milliseconds that a task may run; `false` is without end.
   *
   * @default false
   * Minimum: `1`.
   */
  timeoutMs?: number | false;
  /**
   * Milliseconds that a task has after its signal was aborted, before its process is killed.
   *
   * @default 2000
   * Minimum: `0`, maximum: `3600000`.
   */
  killAfterMs?: number;
  /**
   * Milliseconds after which a warm child without a task is ended.
   *
   * @default 30000
   * Minimum: `0`.
   */
  idleMs?: number;
  /**
   * Tasks after which a warm child is replaced, less up to a tenth by chance.
   *
   * @default 100
   * Minimum: `1`.
   */
  maxTasks?: number;
  /**
   * Resident memory above which a warm child is replaced when its task has ended: bytes or a text such as `'400mb'`.
   *
   * @default twice its heap
   * Minimum: `32mb`.
   */
  maxRss?: ByteSize;
  /**
   * How large a task's data, and its result, may be when they are sent: bytes or a text such as `'64mb'`.
   *
   * @default '64mb'
   * Minimum: `1mb`.
   */
  maxPayload?: ByteSize;
  /**
   * Whether each child gets a memory cgroup of its own, as large as the memory of its task and at least four thirds of
   * its heap: what leaks outside the heap is then killed alone. Needs the right to make cgroups (root, or systemd's
   * `Delegate=memory`); without it a line is logged and tasks run all the same.
   *
   * @default false
   */
  cgroup?: boolean;
  /**
   * Node's arguments for the children, for example `['--import', 'tsx']`; those of this process are not inherited.
   *
   * @default []
   */
  execArgv?: readonly string[];
}

export interface ResolvedIsolationOptions {
  readonly maxChildren: number | undefined;
  readonly heapBytes: number | undefined;
  readonly timeoutMs: number | undefined;
  readonly killAfterMs: number;
  readonly idleMs: number;
  readonly maxTasks: number;
  readonly maxRssBytes: number | undefined;
  readonly maxPayloadBytes: number;
  readonly cgroup: boolean;
  readonly execArgv: readonly string[];
}

export function readIsolationOptions(read: OptionReader): ResolvedIsolationOptions {
  const timeoutMs = read.numberOrFalse('isolation.timeoutMs', { min: 1, max: MAX_TIMER_MS }, false);
  return {
    maxChildren: read.optionalInteger('isolation.maxChildren', { min: 1, max: 64 }),
    heapBytes: read.bytes('isolation.heap', 16 * MB),
    timeoutMs: timeoutMs === false ? undefined : timeoutMs,
    killAfterMs: read.number('isolation.killAfterMs', { min: 0, max: 3_600_000 }, 2000),
    idleMs: read.number('isolation.idleMs', { min: 0, max: MAX_TIMER_MS }, 30_000),
    maxTasks: read.integer('isolation.maxTasks', { min: 1 }, 100),
    maxRssBytes: read.bytes('isolation.maxRss', 32 * MB),
    maxPayloadBytes: read.bytes('isolation.maxPayload', MB) ?? 64 * MB,
    cgroup: read.oneOf('isolation.cgroup', [true, false], false),
    execArgv: read.strings(
      'isolation.execArgv',
      "a list of Node's arguments, for example ['--import', 'tsx']",
      (word) => word !== '',
      [],
    ),
  };
}
