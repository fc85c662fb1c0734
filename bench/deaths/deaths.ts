/** The file of the processor that dies so. */
export type DeathFile = 'dies-in-job' | 'killed-in-import' | 'throws-in-import';

/** One way to die. */
export interface Death {
  readonly title: string;
  /** In the table, and the name of the job; `dies-in-job` knows it. */
  readonly name: string;
  /** @default 'dies-in-job' */
  readonly file?: DeathFile;
  /** Time for the job, where there is such a bound. @default none */
  readonly timeoutMs?: number;
  /** The app runs in a memory cgroup of this size. @default it does not */
  readonly limitMb?: number;
}

/** V8's ceiling in every child. */
export const HEAP_MB = 64;

const SPIN_TIMEOUT_MS = 1000;
const LIMIT_MB = 384;

export const DEATHS: readonly Death[] = [
  { name: 'heap', title: `heap of ${HEAP_MB} MB is full` },
  { name: 'buffers', title: `Buffers fill a cgroup of ${LIMIT_MB} MB`, limitMb: LIMIT_MB },
  { name: 'kill', title: '`kill -9` from outside' },
  { name: 'abort', title: '`process.abort()`' },
  { name: 'segfault', title: 'segmentation fault' },
  { name: 'exit', title: '`process.exit(7)`' },
  { name: 'throw', title: 'uncaught exception' },
  { name: 'reject', title: 'unhandled rejection' },
  {
    name: 'spin',
    title: `busy loop, \`timeoutMs: ${SPIN_TIMEOUT_MS}\` where there is one`,
    timeoutMs: SPIN_TIMEOUT_MS,
  },
  { name: 'import', title: 'killed while it is imported', file: 'killed-in-import' },
  { name: 'import', title: 'throws while it is imported', file: 'throws-in-import' },
  { name: 'unserialisable', title: 'a function in the result' },
  { name: 'cyclic', title: 'a cycle in the result' },
  { name: 'disconnect', title: '`process.disconnect()`' },
];
