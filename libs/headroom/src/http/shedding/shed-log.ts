import type { SafeLogger } from '../../listeners/index.js';
import type { PressureVerdict } from '../../pressure/index.js';

/** One line each time that a level sheds its first request: a flood of requests must not become one of lines. */
export class ShedLog {
  private loggedSince = 0;
  private shedSinceCalm = 0;

  constructor(
    private readonly logger: Pick<SafeLogger, 'warn'>,
    private readonly isObserving: boolean,
  ) {}

  shed({ level, since, reasons }: PressureVerdict, url: string | undefined, refused: number): void {
    this.shedSinceCalm++;
    if (since === this.loggedSince) return;
    this.loggedSince = since;
    this.logger.warn(
      `${this.isObserving ? 'would answer' : 'answering'} 503: pressure is ${level} (${reasons.join(', ')}); ` +
        `first refused: ${url ?? 'a request'}; ${refused} since start`,
    );
  }

  /** Pressure is normal again. */
  calm(): void {
    const count = this.shedSinceCalm;
    this.shedSinceCalm = 0;
    if (count === 0) return;
    const done = this.isObserving ? 'would have answered' : 'answered';
    this.logger.warn(`pressure is normal again: ${done} 503 to ${count} request${count === 1 ? '' : 's'}`);
  }
}
