import type { DiscoveryService, MetadataScanner } from '@nestjs/core';

import { findDecoratedMethods } from './decorated-methods.js';
import { FaultLog } from './guarded.js';
import type { SafeLogger } from './safe-logger.js';

interface Listener {
  readonly call: (event: unknown) => unknown;
  readonly faults: FaultLog;
}

/**
 * The methods of the app's providers and controllers that carry one decorator, to be called with an event.
 * A listener that throws or rejects is reported once and never disturbs what it listens to.
 */
export class Listeners<Event> {
  private found: readonly Listener[] = [];

  constructor(
    private readonly metadataKey: string,
    private readonly logger: Pick<SafeLogger, 'warn' | 'error'>,
  ) {}

  get isEmpty(): boolean {
    return this.found.length === 0;
  }

  /** Looks through the app; call it when all instances exist (`onModuleInit` or later). */
  explore(discovery: DiscoveryService, scanner: MetadataScanner): void {
    const methods = findDecoratedMethods(this.metadataKey, this.logger, discovery, scanner);
    this.found = methods.map(({ name, call }) => ({ call, faults: new FaultLog(this.logger, name) }));
  }

  notify(event: Event): void {
    for (const listener of this.found) {
      try {
        const result = listener.call(event);
        if (isThenable(result))
          Promise.resolve(result).catch((error: unknown) => listener.faults.report(error));
      } catch (error) {
        listener.faults.report(error);
      }
    }
  }
}

/** Not `instanceof Promise`: that of another realm, or of a library, rejects as well. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | undefined | null)?.then === 'function';
}
