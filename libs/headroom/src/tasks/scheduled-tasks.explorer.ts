import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';

import type { WorkKind } from '../vitals/index.js';
import { observedMethod } from './observed-method.js';

/** Where `@nestjs/schedule` keeps the type of a handler, and its values. Neither is exported; a test holds them. */
const SCHEDULER_TYPE = 'SCHEDULER_TYPE';
const KINDS: Record<number, WorkKind> = { 1: 'cron', 2: 'timeout', 3: 'interval' };

/**
 * Announces `@Cron`, `@Interval` and `@Timeout` handlers to the recorder.
 *
 * In the constructor and on the classes: `@nestjs/schedule` takes the methods from the instances in its
 * `onModuleInit`, and whose `onModuleInit` comes first depends on the order of imports.
 */
@Injectable()
export class ScheduledTasksExplorer implements OnModuleInit {
  private readonly explored = new Set<object>();
  private handlers = 0;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {
    for (const { metatype, inject } of this.wrappers()) {
      if (typeof metatype === 'function' && !inject) this.wrapHandlers(metatype.prototype);
    }
  }

  /** How many handlers were found. */
  get count(): number {
    return this.handlers;
  }

  /** Classes that only show in what a factory made: in time when this module is imported before the schedule's. */
  onModuleInit(): void {
    for (const { instance } of this.wrappers() as { instance: unknown }[]) {
      if (typeof instance === 'object' && instance !== null)
        this.wrapHandlers(Object.getPrototypeOf(instance));
    }
  }

  private wrappers() {
    return [...this.discovery.getProviders(), ...this.discovery.getControllers()];
  }

  private wrapHandlers(prototype: object | null | undefined): void {
    if (!prototype || prototype === Object.prototype || this.explored.has(prototype)) return;
    this.explored.add(prototype);
    for (const key of this.scanner.getAllMethodNames(prototype)) {
      const method: unknown = Reflect.get(prototype, key);
      const kind = typeof method === 'function' ? kindOf(method) : undefined;
      if (!kind) continue;
      this.handlers++;
      const value = observedMethod(
        method as Parameters<typeof observedMethod>[0],
        kind,
        (self) => `${classNameOf(self) ?? prototype.constructor.name}.${key}`,
      );
      Object.defineProperty(prototype, key, { value, writable: true, configurable: true });
    }
  }
}

function kindOf(method: object): WorkKind | undefined {
  const type: unknown = Reflect.getMetadata(SCHEDULER_TYPE, method);
  return typeof type === 'number' ? KINDS[type] : undefined;
}

/** A subclass logs its own name. The app may call a handler without an instance. */
function classNameOf(self: unknown): string | undefined {
  return typeof self === 'object' && self !== null ? self.constructor?.name : undefined;
}
