import type { Surroundings } from './surroundings.js';

/**
 * What is known about the memory of a process that died; all in bytes. What is not known is left out.
 *
 * @publicApi
 */
export interface ExitMemory {
  /** Resident memory when it started, or when its work did. */
  readonly startRssBytes?: number;
  /** Resident memory as it was read last. */
  readonly lastRssBytes?: number;
  /** Resident memory when its work ended. */
  readonly endRssBytes?: number;
  /** The most that it ever had resident. */
  readonly peakRssBytes?: number;
  readonly lastHeapUsedBytes?: number;
  /** V8's ceiling: `--max-old-space-size`, or `heap_size_limit`; of a thread `maxOldGenerationSizeMb`. */
  readonly heapCeilingBytes?: number;
  /** The tightest limit of its container, cgroup or machine. */
  readonly limitBytes?: number;
}

/**
 * What is known about the end of a child process or thread, for {@link explainExit}.
 *
 * @publicApi
 */
export interface ExitFacts {
  /** Of the event `exit` or `close`; of `close`, when there is a `stderr`: only then is that complete. */
  readonly code: number | null;
  readonly signal: string | null;
  /**
   * Its last lines on stderr, as they came. Passwords in URLs are taken out; other secrets are the caller's to take out.
   *
   * @default not known
   */
  readonly stderr?: string;
  /** What an event `error` of the child or thread told: `ERR_WORKER_OUT_OF_MEMORY`, or `ENOENT` of spawn. */
  readonly error?: unknown;
  /** That it was ended on purpose, and why. What was done on purpose is not looked for elsewhere. */
  readonly endedBy?: 'timeout' | 'cancellation' | 'shutdown' | 'memory-limit' | 'channel-closed';
  /** Milliseconds that it was given, where `endedBy` is `timeout`. */
  readonly timeoutMs?: number;
  /**
   * How many processes of its cgroup the kernel killed for want of memory while it lived: the difference of `oom_kill`
   * in `memory.events`. `0` says that it was not the kernel.
   *
   * @default not known
   */
  readonly oomKills?: number;
  readonly phase?: 'starting' | 'running' | 'idle';
  readonly memory?: ExitMemory;
  /**
   * How its heap's ceiling is set where it was started, with `<MB>` in place of the figure: `` `heap: '<MB>mb'` of the task ``.
   *
   * @default Node's own option, on the command line or in NODE_OPTIONS
   */
  readonly heapSetting?: string;
  /**
   * Where it ran: advice is given in words of that.
   *
   * @default not known
   */
  readonly surroundings?: Surroundings;
  /** @default false */
  readonly isThread?: boolean;
}
