/** Blocks the event loop, as CPU work does. */
export function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

/** Counts turns of the event loop while it is watched. */
export class TurnCounter {
  turn = 0;
  private isWatching = true;

  constructor() {
    this.watch();
  }

  stop(): void {
    this.isWatching = false;
  }

  private readonly watch = (): void => {
    this.turn++;
    if (this.isWatching) setImmediate(this.watch);
  };
}
