/** What a job does. */
export type JobKind = '20 ms' | 'no-op';

export const JOB_KINDS: readonly JobKind[] = ['20 ms', 'no-op'];

export const JOB_MS: Readonly<Record<JobKind, number>> = { '20 ms': 20, 'no-op': 0 };

/** How the workers of the process are laid out. */
export interface Shape {
  readonly name: string;
  readonly queues: readonly string[];
  readonly concurrency: number;
}

const SHAPES: readonly Shape[] = [
  { name: 'concurrency 1', queues: ['bench'], concurrency: 1 },
  { name: 'concurrency 10', queues: ['bench'], concurrency: 10 },
  { name: 'concurrency 50', queues: ['bench'], concurrency: 50 },
  { name: '5 queues', queues: ['bench-1', 'bench-2', 'bench-3', 'bench-4', 'bench-5'], concurrency: 1 },
];

/** One row of the table per contestant. */
export interface Cell {
  readonly kind: JobKind;
  readonly shape: Shape;
  /** Of one lap, over all queues. */
  readonly jobs: number;
  /** Of the lap in which a probe asks: long enough for a hundred questions. */
  readonly probedJobs: number;
  /**
   * Jobs done before the clock starts: a worker runs for days, and V8 compiles what has run often.
   * Measured: after fifty jobs it takes BullMQ 0.8 ms from one job to the next, after some thousands a tenth of it.
   */
  readonly warmUp: number;
  /**
   * Of so many of these one is a full one, and the others take no time. Without any, what is compiled knows nothing of
   * the way that a full one takes, and is thrown away when the first comes: laps of 200 jobs became faster up to the
   * fifteenth (measured: BullMQ alone by 0.03 ms per job, the least gate by 0.15 ms, Headroom by 0.2 ms).
   */
  readonly warmUpFullEvery: number;
  readonly laps: number;
  /** Each with new processes: one is a little faster than another, for as long as it lives. */
  readonly rounds: number;
}

const WARM_UP: Pick<Cell, 'warmUp' | 'warmUpFullEvery'> = { warmUp: 10_000, warmUpFullEvery: 50 };

export function cells(isQuick: boolean): readonly Cell[] {
  return JOB_KINDS.flatMap((kind) =>
    SHAPES.map((shape) => (kind === '20 ms' ? blocking(shape, isQuick) : noOp(shape, isQuick))),
  );
}

/**
 * Laps of four seconds. Not shorter: between its laps a process saves up log lines, and would write in each as many as a
 * worker that is always busy writes in five seconds.
 */
function blocking(shape: Shape, isQuick: boolean): Cell {
  const [laps, rounds] = isQuick ? [2, 1] : [3, 3];
  return { ...WARM_UP, kind: '20 ms', shape, jobs: 200, probedJobs: 200, laps, rounds };
}

/**
 * Many laps of half a second: where others use the machine too, one lap differs from the next by a tenth, and not less when
 * it lasts four times as long. Rounds as well: two processes of the same contestant differ by some hundredths for as long
 * as they live, as much as what is measured.
 */
function noOp(shape: Shape, isQuick: boolean): Cell {
  const isSlow = shape.queues.length * shape.concurrency === 1;
  const jobs = isSlow ? 1500 : 5000;
  const [laps, rounds] = isQuick ? [6, 1] : [12, 6];
  return { ...WARM_UP, kind: 'no-op', shape, jobs, probedJobs: 4 * jobs, laps, rounds };
}

export function titleOf({ kind, shape }: Cell): string {
  return `${kind} jobs, ${shape.name}`;
}
