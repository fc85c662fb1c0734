/** One timer for everything that is due later: it wakes at the earliest time that was asked for. Keeps no process alive. */
export class WakeTimer {
  private timer: NodeJS.Timeout | undefined;
  private dueAt = Infinity;

  constructor(private readonly wake: () => void) {}

  /** @param at in the time of `performance.now()`; `Infinity` is never */
  by(at: number): void {
    if (at >= this.dueAt) return;
    clearTimeout(this.timer);
    this.dueAt = at;
    this.timer = setTimeout(this.fire, Math.max(1, Math.ceil(at - performance.now()))).unref();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.dueAt = Infinity;
  }

  private readonly fire = (): void => {
    this.stop();
    this.wake();
  };
}
