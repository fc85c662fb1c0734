const MB = 1024 ** 2;
const LEAST_BYTES = 64 * MB;
/** Where there is much memory: what Node itself takes on a large machine. */
const MOST_BYTES = 4096 * MB;
/** V8 dies before the kernel kills: code, stacks, Buffers and the young generation are not in the old space. */
const HEAP_OF_CHILD = 0.75;

/** The part of the memory budget that is one child's heap, when as many run as may. Bytes. */
export function heapShare(budgetBytes: number, parentBytes: number, maxChildren: number): number {
  const share = Math.max(0, budgetBytes - parentBytes) / maxChildren;
  return Math.round(Math.min(Math.max(share * HEAP_OF_CHILD, LEAST_BYTES), MOST_BYTES));
}
