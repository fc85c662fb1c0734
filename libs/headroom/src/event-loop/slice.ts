/** @throws {RangeError} when a slice is not milliseconds of at least 0 */
export function checkSliceMs(where: string, sliceMs: number | undefined): void {
  if (sliceMs === undefined || (Number.isFinite(sliceMs) && sliceMs >= 0)) return;
  throw new RangeError(`${where}: sliceMs: received ${String(sliceMs)}; allowed: milliseconds, 0 or more`);
}
