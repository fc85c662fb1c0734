const MB = 1024 ** 2;

/** Room for the young generation as V8 sizes it by default: a share of the old space, up to a most. */
interface YoungRoom {
  readonly share: number;
  readonly mostBytes: number;
}

// NOTE: measured as heap_size_limit under several --max-old-space-size: 48 MB more on Node 20 and 22, 192 on 24.
const YOUNG_BEFORE_V8_13: YoungRoom = { share: 3 / 128, mostBytes: 48 * MB };
const YOUNG_SINCE_V8_13: YoungRoom = { share: 3 / 32, mostBytes: 192 * MB };

/**
 * The part of V8's `heap_size_limit` that objects can fill which survive. The rest is room for young objects:
 * a process with `--max-old-space-size=160` on Node 24 aborts with its heap at 40 % of a `heap_size_limit` of 352 MB.
 *
 * @param flagBytes the `--max-old-space-size` in force, when there is one
 * @param v8Version `process.versions.v8`
 */
export function oldSpaceLimit(
  heapCeilingBytes: number,
  flagBytes: number | undefined,
  v8Version: string,
): number {
  if (flagBytes !== undefined && flagBytes < heapCeilingBytes) return flagBytes;
  const young = Number.parseInt(v8Version, 10) >= 13 ? YOUNG_SINCE_V8_13 : YOUNG_BEFORE_V8_13;
  return Math.floor(Math.max(heapCeilingBytes / (1 + young.share), heapCeilingBytes - young.mostBytes));
}
