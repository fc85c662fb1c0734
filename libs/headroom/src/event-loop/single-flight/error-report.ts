import { describeError, FaultLog, SafeLogger } from '../../listeners/index.js';

type Hook<K> = (error: unknown, key: K) => unknown;

/** Tells of computations that have failed behind their callers. Never throws. */
export class ErrorReport<K> {
  private readonly logger = new SafeLogger('Headroom');
  private readonly faults = new FaultLog(this.logger, 'The onError() of a SingleFlight');
  private isFailing = false;

  constructor(private readonly hook: Hook<K> = (error) => this.warnOnce(error)) {}

  failed(error: unknown, key: K): void {
    try {
      const result = this.hook(error, key);
      if (result instanceof Promise) void this.watch(result);
    } catch (fault) {
      this.faults.report(fault);
    }
  }

  succeeded(): void {
    this.isFailing = false;
  }

  private async watch(result: Promise<unknown>): Promise<void> {
    try {
      await result;
    } catch (fault) {
      this.faults.report(fault);
    }
  }

  private warnOnce(error: unknown): void {
    if (this.isFailing) return;
    this.isFailing = true;
    this.logger.warn(
      `a shared computation failed behind its callers; failures are not logged again until one succeeds. ` +
        describeError(error),
    );
  }
}
