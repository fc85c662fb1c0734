const UNIT_BYTES: Record<string, number> = {
  '': 1,
  b: 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
};

const SIZE = /^(\d+(?:\.\d+)?)\s*([bkmgt]?)(?:ib?|b)?$/i;

/**
 * A number of bytes, or a text such as `'512mb'`, `'1.5g'`, `'256Mi'`. Units are powers of 1024, as in
 * Docker, systemd and V8's flags.
 *
 * @publicApi
 */
export type ByteSize = number | string;

/** Bytes of a {@link ByteSize}, or `undefined` when it cannot be read as one. */
export function parseBytes(size: unknown): number | undefined {
  if (typeof size === 'number') return Number.isFinite(size) && size >= 0 ? Math.floor(size) : undefined;
  if (typeof size !== 'string') return undefined;
  const match = SIZE.exec(size.trim());
  if (!match) return undefined;
  const bytes = Math.floor(Number(match[1]) * UNIT_BYTES[match[2]!.toLowerCase()]!);
  return Number.isFinite(bytes) ? bytes : undefined;
}

/** Whole mebibytes, written `512MB`: the unit in which limits are set and logs are read. */
export function formatMb(bytes: number): string {
  return `${toMb(bytes)}MB`;
}

/** Whole mebibytes as a number. Divides: a shift turns negative above 2 GiB. */
export function toMb(bytes: number): number {
  return Math.round(bytes / 1024 ** 2);
}
