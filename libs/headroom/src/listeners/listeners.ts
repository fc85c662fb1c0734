import type { Logger } from '@nestjs/common';
import type { DiscoveryService, MetadataScanner } from '@nestjs/core';

import { describeError } from './guarded.js';

interface Listener {
  readonly name: string;
  readonly call: (event: unknown) => unknown;
  hasFailed: boolean;
}

/**
 * The methods of the app's providers and controllers that carry one decorator, to be called with an event.
 * A listener that throws or rejects is reported once and never disturbs what it listens to.
 */
export class Listeners<Event> {
  private readonly found: Listener[] = [];

  constructor(
    private readonly metadataKey: string,
    private readonly logger: Logger,
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
      for (const key of scanner.getAllMethodNames(Object.getPrototypeOf(instance) as object)) {
        this.add(instance, key, wrapper.isDependencyTreeStatic());
      }
    }
  }

  notify(event: Event): void {
    for (const listener of this.found) {
      try {
        const result = listener.call(event);
        if (result instanceof Promise) result.catch((error: unknown) => this.reportOnce(listener, error));
      } catch (error) {
        this.reportOnce(listener, error);
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
    this.found.push({ name, call: (event) => method.call(instance, event), hasFailed: false });
  }

  private reportOnce(listener: Listener, error: unknown): void {
    if (listener.hasFailed) return;
    listener.hasFailed = true;
    this.logger.error(`${listener.name} failed; it will not be reported again. ${describeError(error)}`);
  }
}
