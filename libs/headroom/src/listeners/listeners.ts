import type { DiscoveryService, MetadataScanner } from '@nestjs/core';

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
  private readonly found: Listener[] = [];

  constructor(
    private readonly metadataKey: string,
    private readonly logger: Pick<SafeLogger, 'warn' | 'error'>,
  ) {}

  get isEmpty(): boolean {
    return this.found.length === 0;
  }

  /** Looks through the app; call it when all instances exist (`onModuleInit` or later). */
  explore(discovery: DiscoveryService, scanner: MetadataScanner): void {
    this.found.length = 0;
    const seen = new Set<object>();
    for (const wrapper of [...discovery.getProviders(), ...discovery.getControllers()]) {
      const instance = wrapper.instance as Record<string, unknown> | null | undefined;
      // NOTE: `useExisting` providers share their instance; its methods are called once.
      if (!instance || typeof instance !== 'object' || seen.has(instance)) continue;
      seen.add(instance);
      const prototype = Object.getPrototypeOf(instance) as object | null;
      for (const key of prototype ? scanner.getAllMethodNames(prototype) : []) {
        this.add(instance, key, wrapper.isDependencyTreeStatic());
      }
    }
  }

  notify(event: Event): void {
    for (const listener of this.found) {
      try {
        const result = listener.call(event);
        if (result instanceof Promise) result.catch((error: unknown) => listener.faults.report(error));
      } catch (error) {
        listener.faults.report(error);
      }
    }
  }

  private add(instance: Record<string, unknown>, key: string, isStatic: boolean): void {
    const method = instance[key];
    if (typeof method !== 'function' || !Reflect.hasMetadata(this.metadataKey, method)) return;
    const name = `${instance.constructor.name}.${key}`;
    if (!isStatic) {
      this.logger.warn(`${name} is not called: its class is request-scoped, so there is no instance to call`);
      return;
    }
    this.found.push({
      call: (event) => method.call(instance, event),
      faults: new FaultLog(this.logger, name),
    });
  }
}
