export interface Extremes<T> {
  /** Highest first. */
  readonly highest: readonly T[];
  /** Lowest first. */
  readonly lowest: readonly T[];
}

/** Keeps the highest and lowest of what it is shown: sorting all of it would block the event loop for long. */
export class ExtremesFinder<T> {
  private readonly highest: T[] = [];
  private readonly lowest: T[] = [];

  constructor(
    private readonly count: number,
    private readonly valueOf: (item: T) => number,
  ) {}

  add(item: T): void {
    const value = this.valueOf(item);
    this.insert(this.highest, item, (other) => value > this.valueOf(other));
    this.insert(this.lowest, item, (other) => value < this.valueOf(other));
  }

  found(): Extremes<T> {
    return { highest: this.highest, lowest: this.lowest };
  }

  private insert(kept: T[], item: T, isBefore: (other: T) => boolean): void {
    const last = kept.at(-1);
    if (kept.length === this.count && last !== undefined && !isBefore(last)) return;

    const place = kept.findIndex(isBefore);
    kept.splice(place === -1 ? kept.length : place, 0, item);
    if (kept.length > this.count) kept.pop();
  }
}
