/** First in, first out without the cost of `Array.shift()` on a long array. */
export class Fifo<T> {
  private incoming: T[] = [];
  private outgoing: T[] = [];

  get size(): number {
    return this.incoming.length + this.outgoing.length;
  }

  push(item: T): void {
    this.incoming.push(item);
  }

  /** The one that {@link shift} would take. */
  peek(): T | undefined {
    if (this.outgoing.length === 0 && this.incoming.length > 0) {
      this.outgoing = this.incoming.toReversed();
      this.incoming = [];
    }
    return this.outgoing.at(-1);
  }

  shift(): T | undefined {
    this.peek();
    return this.outgoing.pop();
  }
}
