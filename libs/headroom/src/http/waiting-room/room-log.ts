import type { ShedReason } from '../../admission/index.js';
import type { SafeLogger } from '../../listeners/index.js';

const LINE_EVERY_MS = 60_000;

const WHY: Readonly<Partial<Record<ShedReason, string>>> = {
  'no-room': 'there is no memory for it now, and nobody waits',
  'wait-timeout': 'its memory did not become free in time',
  'queue-full': 'too many wait for their memory already',
  'shutting-down': 'the app closes',
};

/** Tells that requests wait for their memory, and that they did not get it: each at most once a minute. */
export class RoomLog {
  private heldLineAt = -Infinity;
  private learningLineAt = -Infinity;
  private refusedLineAt = -Infinity;
  private readonly tooLarge = new Set<string>();

  constructor(
    private readonly logger: Pick<SafeLogger, 'log' | 'warn' | 'error'>,
    private readonly isObserving: boolean,
  ) {}

  /** Little is known of their kind yet: no memory is short. @param now milliseconds of a clock that never goes back */
  learning(route: string, now: number): void {
    if (now - this.learningLineAt < LINE_EVERY_MS) return;
    this.learningLineAt = now;
    this.logger.log(
      `${this.isObserving ? 'would let' : 'letting'} a few requests in at a time until it is known what they take: ${route}` +
        (this.isObserving ? '; mode is observe, so they start' : ''),
    );
  }

  /** @param now milliseconds of a clock that never goes back */
  held(route: string, held: number, now: number): void {
    if (now - this.heldLineAt < LINE_EVERY_MS) return;
    this.heldLineAt = now;
    this.logger.warn(
      this.isObserving
        ? `would hold requests until their memory is free: ${route}; ${held} since start; mode is observe, so they start`
        : `holding requests until their memory is free: ${route}; ${held} since start`,
    );
  }

  /** @param refused answered with 503 since start, for whatever reason */
  refused(route: string, reason: ShedReason, refused: number, now: number): void {
    const why = WHY[reason];
    if (!why || now - this.refusedLineAt < LINE_EVERY_MS) return;
    this.refusedLineAt = now;
    this.logger.warn(`answering 503: ${why}; ${route}; ${refused} since start`);
  }

  /** Once per route: what does not fit today does not fit tomorrow. */
  exceedsBudget(route: string, message: string): void {
    if (this.tooLarge.has(route)) return;
    this.tooLarge.add(route);
    this.logger.error(`${this.isObserving ? 'would answer' : 'answering'} 503: ${message}`);
  }
}
