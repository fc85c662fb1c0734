const PIECE_BYTES = 8 * 1024 ** 2;

/** Real memory, held and let go on demand: pages that are written, outside the heap, so that RSS follows. */
export class Ballast {
  private pieces: Buffer[] = [];

  /** Fills until the process is `bytes` large. */
  growTo(bytes: number): void {
    while (process.memoryUsage.rss() < bytes) this.pieces.push(Buffer.alloc(PIECE_BYTES, 1));
  }

  drop(): void {
    this.pieces = [];
    if (!globalThis.gc) throw new Error('this spec needs --expose-gc');
    globalThis.gc();
  }
}

/** A `memory.limit` with room, and the sizes at which RSS means elevated and critical pressure. */
export function limitWithRoom(roomBytes = 256 * 1024 ** 2) {
  globalThis.gc?.();
  const limit = process.memoryUsage.rss() + roomBytes;
  return { limit, elevated: Math.round(limit * 0.84), critical: Math.round(limit * 0.95) };
}
