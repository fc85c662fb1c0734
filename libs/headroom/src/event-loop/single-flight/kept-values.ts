/** A value that a computation has brought. */
export interface Kept<V> {
  readonly value: V;
  /** The value as `run()` returns it: made once, so that a hit makes nothing. */
  readonly promise: Promise<V>;
  readonly sinceMs: number;
  /** Before this, no refresh is attempted. */
  refreshAtMs: number;
}

/** What was asked for last, up to a number of entries. */
export class KeptValues<K, V> {
  private readonly values = new Map<K, Kept<V>>();

  constructor(private readonly maxEntries: number) {}

  get size(): number {
    return this.values.size;
  }

  /** The value of a key, which is now the one that was asked for last. */
  take(key: K): Kept<V> | undefined {
    const kept = this.values.get(key);
    if (kept === undefined) return undefined;
    this.values.delete(key);
    this.values.set(key, kept);
    return kept;
  }

  set(key: K, value: V, nowMs: number): void {
    this.values.delete(key);
    this.values.set(key, { value, promise: Promise.resolve(value), sinceMs: nowMs, refreshAtMs: nowMs });
    if (this.values.size <= this.maxEntries) return;
    for (const oldest of this.values.keys()) {
      this.values.delete(oldest);
      return;
    }
  }

  delete(key: K): void {
    this.values.delete(key);
  }

  clear(): void {
    this.values.clear();
  }
}
