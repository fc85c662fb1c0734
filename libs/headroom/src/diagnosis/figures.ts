const MB = 1024 ** 2;
const GB = 1024 * MB;
/** A heap above this share of a limit is killed by the kernel before V8 can say that it is full. */
export const HEAP_SHARE = 0.75;
const MORE_HEAP = 1.5;
const MORE_MEMORY = 1.25;
/** Less than this is not worth a try. */
const LEAST_GAIN = 1.1;

const STEPS = [
  { upTo: 128 * MB, step: 16 * MB },
  { upTo: 256 * MB, step: 32 * MB },
  { upTo: GB, step: 64 * MB },
  { upTo: 4 * GB, step: 256 * MB },
  { upTo: Infinity, step: GB },
] as const;

/** What to try after a heap was full; bytes. */
export interface HeapFigures {
  readonly heapBytes: number;
  /** The limit that this heap needs, where the one in force is too small for it. */
  readonly limitBytes?: number;
}

/** Half as much heap again, or as much as the limit allows, or both raised where that would be too little. */
export function heapToTry(ceilingBytes: number, limitBytes: number | undefined): HeapFigures {
  const wanted = roundUp(ceilingBytes * MORE_HEAP);
  if (limitBytes === undefined || wanted <= limitBytes * HEAP_SHARE) return { heapBytes: wanted };
  const fitting = heapWithin(limitBytes);
  if (fitting >= ceilingBytes * LEAST_GAIN) return { heapBytes: fitting };
  return { heapBytes: wanted, limitBytes: roundUp(wanted / HEAP_SHARE) };
}

/** The most heap for a limit, in whole megabytes. */
export function heapWithin(limitBytes: number): number {
  return Math.max(MB, Math.floor((limitBytes * HEAP_SHARE) / MB) * MB);
}

/** A quarter more than it had, or than it was allowed: others in the same cgroup may have had the rest. */
export function limitToTry(
  peakBytes: number | undefined,
  limitBytes: number | undefined,
): number | undefined {
  const most = Math.max(peakBytes ?? 0, limitBytes ?? 0);
  return most === 0 ? undefined : roundUp(most * MORE_MEMORY);
}

/** To a figure that a person would write. */
export function roundUp(bytes: number): number {
  const step = STEPS.find(({ upTo }) => bytes <= upTo)!.step;
  return Math.ceil(bytes / step) * step;
}
