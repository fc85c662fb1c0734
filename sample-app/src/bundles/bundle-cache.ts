export interface BundleCacheLimits {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

/** Keeps what was asked for last, bounded by entries and by bytes. */
export class BundleCache {
  private readonly bundles = new Map<string, string>();
  private bytes = 0;

  constructor(private readonly limits: BundleCacheLimits) {}

  get(key: string): string | undefined {
    const code = this.bundles.get(key);
    if (code === undefined) return undefined;

    this.bundles.delete(key);
    this.bundles.set(key, code);
    return code;
  }

  set(key: string, code: string): void {
    this.delete(key);
    this.bundles.set(key, code);
    this.bytes += Buffer.byteLength(code);
    for (const oldest of this.bundles.keys()) {
      if (this.bundles.size <= this.limits.maxEntries && this.bytes <= this.limits.maxBytes) return;
      this.delete(oldest);
    }
  }

  clear(): void {
    this.bundles.clear();
    this.bytes = 0;
  }

  private delete(key: string): void {
    const code = this.bundles.get(key);
    if (code !== undefined && this.bundles.delete(key)) this.bytes -= Buffer.byteLength(code);
  }
}
