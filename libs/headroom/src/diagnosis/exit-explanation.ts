/**
 * Why a process or thread died.
 *
 * For want of memory (`isMemory`):
 * - `heap-limit`: V8's heap reached its ceiling
 * - `kernel-oom-kill`: the kernel killed it, since the memory of its cgroup or machine was used up
 * - `address-space-limit`: the system refused it memory (`ulimit -v`, `LimitAS=`)
 * - `invalid-size`: it made an array or a table that is larger than V8 allows
 * - `thread-out-of-memory`: a worker thread reached its `resourceLimits`
 * - `buffer-allocation`: a buffer could not be allocated
 * - `memory-limit`: it was ended on purpose, above the memory that it was given
 *
 * Ended on purpose: `timeout`, `cancelled`, `shutdown`, `channel-closed` (it could no longer be talked to).
 *
 * Ended by somebody else: `killed` (SIGKILL), `terminated` (SIGTERM), `interrupted` (SIGINT), `signalled` (another one).
 *
 * By itself:
 * - `aborted`: SIGABRT, and V8 did not say that memory ran out
 * - `crashed`: a fault in native code (SIGSEGV and its like)
 * - `uncaught-error`: it threw, and nobody caught
 * - `unsettled-await`: nothing was left to do, with a top-level `await` that still waited
 * - `bad-option`: Node does not know an option that it was started with
 * - `not-executable`, `not-found`: it could not be started
 * - `exited`: it called `process.exit()`, or had nothing left to do
 *
 * @publicApi
 */
export type ExitCause =
  | 'heap-limit'
  | 'kernel-oom-kill'
  | 'address-space-limit'
  | 'invalid-size'
  | 'thread-out-of-memory'
  | 'buffer-allocation'
  | 'timeout'
  | 'cancelled'
  | 'shutdown'
  | 'memory-limit'
  | 'channel-closed'
  | 'killed'
  | 'terminated'
  | 'interrupted'
  | 'aborted'
  | 'crashed'
  | 'uncaught-error'
  | 'unsettled-await'
  | 'bad-option'
  | 'not-executable'
  | 'not-found'
  | 'exited'
  | 'signalled'
  | 'unknown';

/**
 * How sure a cause is: `proven` by what V8, the kernel or we said; `likely` from what is known; `unknown` where what
 * was seen (a SIGKILL) is sure, and who or what was behind it is not.
 *
 * @publicApi
 */
export type Certainty = 'proven' | 'likely' | 'unknown';

/**
 * Why a process or thread died, in words that say what to change.
 *
 * @publicApi
 */
export interface ExitExplanation {
  readonly cause: ExitCause;
  readonly certainty: Certainty;
  /** Whether it died for want of memory: tried again in the same place, it would do so again. */
  readonly isMemory: boolean;
  readonly code: number | null;
  readonly signal: string | null;
  /** What a shell or container shows: the exit code, or 128 + the signal's number. */
  readonly shellStatus: number | undefined;
  /** One sentence: `ran out of heap: V8's ceiling of 512MB was reached (SIGABRT, 134 in a shell)`. */
  readonly summary: string;
  /** What to change, in words of where it ran, with the figure to try. Empty where there is nothing to change. */
  readonly advice: readonly string[];
  /** All of it in several lines: summary, evidence, memory, the last lines of stderr, advice. */
  readonly text: string;
}
