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
  /** Over all queues, warm-up and cool-down included. */
  readonly jobs: number;
  /** Jobs that are done before the clock starts: code is as fast as it is warm. */
  readonly warmUp: number;
  /**
   * Jobs that are left when the clock stops. Jobs of one worker are done in bunches, and the next bunch runs while the
   * last is told: between two moments of full work as much has run as was told.
   */
  readonly coolDown: number;
  readonly rounds: number;
}

export function cells(isQuick: boolean): readonly Cell[] {
  return JOB_KINDS.flatMap((kind) =>
    SHAPES.map((shape) => (kind === '20 ms' ? blocking(shape, isQuick) : noOp(shape, isQuick))),
  );
}

function blocking(shape: Shape, isQuick: boolean): Cell {
  const measured = isQuick ? 50 : 150;
  const [warmUp, coolDown] = [50, 50];
  return {
    kind: '20 ms',
    shape,
    jobs: warmUp + measured + coolDown,
    warmUp,
    coolDown,
    rounds: isQuick ? 1 : 3,
  };
}

/** Enough for about a second. They take some microseconds each, so noise weighs more: hence more rounds. */
function noOp(shape: Shape, isQuick: boolean): Cell {
  const isSlow = shape.queues.length * shape.concurrency === 1;
  if (isQuick)
    return { kind: 'no-op', shape, jobs: isSlow ? 6000 : 12_000, warmUp: 3000, coolDown: 0, rounds: 1 };
  return { kind: 'no-op', shape, jobs: isSlow ? 20_000 : 40_000, warmUp: 10_000, coolDown: 0, rounds: 5 };
}
