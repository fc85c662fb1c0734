/** From here on a number means "unlimited": cgroup v1 writes 9223372036854771712 for none. */
const UNLIMITED_BYTES = 2 ** 60;

/** Whether a number of bytes, read where limits are written, limits anything. */
export function isLimit(bytes: number): boolean {
  return bytes > 0 && bytes < UNLIMITED_BYTES;
}
