/**
 * The module instance that serves this process now. Decorators and workers are made outside dependency
 * injection, yet heap and event loop are one per process: they look here. With several Nest apps in one
 * process (tests) the newest serves; when it closes, the one before it does.
 */
export class ProcessSlot<T> {
  private readonly holders: T[] = [];
  /** A plain field, so that a look costs a property read. */
  current: T | undefined;

  enter(holder: T): void {
    this.holders.push(holder);
    this.current = holder;
  }

  leave(holder: T): void {
    const index = this.holders.lastIndexOf(holder);
    if (index >= 0) this.holders.splice(index, 1);
    this.current = this.holders.at(-1);
  }
}
