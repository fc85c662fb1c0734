import type { SafeLogger } from '../../listeners/index.js';

const HELD_LINE_EVERY_MS = 60_000;

/** Tells that requests wait for their memory: at most once a minute, however many do. */
export class RoomLog {
  private nextLineAt = 0;
  private readonly tooLarge = new Set<string>();

  constructor(
    private readonly logger: Pick<SafeLogger, 'warn' | 'error'>,
    private readonly isObserving: boolean,
  ) {}

  /** @param now milliseconds of a clock that never goes back */
  held(route: string, held: number, now: number): void {
    if (now < this.nextLineAt) return;
    this.nextLineAt = now + HELD_LINE_EVERY_MS;
    this.logger.warn(
      this.isObserving
        ? `would hold requests until their memory is free: ${route}; ${held} since start; mode is observe, so they start`
        : `holding requests until their memory is free: ${route}; ${held} since start`,
    );
  }

  /** Once per route: what does not fit today does not fit tomorrow. */
  exceedsBudget(route: string, message: string): void {
    if (this.tooLarge.has(route)) return;
    this.tooLarge.add(route);
    this.logger.error(`${this.isObserving ? 'would answer' : 'answering'} 503: ${message}`);
  }
}
