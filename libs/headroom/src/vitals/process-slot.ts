/**
 * The module instance that serves this process now. Decorators and workers are made outside dependency
 * injection, yet heap and event loop are one per process: they look here. With several Nest apps in one
 * process (tests) the newest that has started serves; when it closes, the one before it does. One that is still
 * being built serves only while no other has started: it may never come to life.
 */
export class ProcessSlot<T> {
  private readonly started: T[] = [];
  private preparing: T | undefined;

  /** A plain field, so that a look costs a property read. */
  current: T | undefined;

  /** Announces one that is being built. */
  prepare(holder: T): void {
    this.preparing = holder;
    this.settle();
  }

  enter(holder: T): void {
    if (this.preparing === holder) this.preparing = undefined;
    this.started.push(holder);
    this.settle();
  }

  leave(holder: T): void {
    if (this.preparing === holder) this.preparing = undefined;
    const index = this.started.lastIndexOf(holder);
    if (index >= 0) this.started.splice(index, 1);
    this.settle();
  }

  /** Whether no other has started. */
  isAlone(holder: T): boolean {
    return this.started.every((one) => one === holder);
  }

  private settle(): void {
    this.current = this.started.at(-1) ?? this.preparing;
  }
}
