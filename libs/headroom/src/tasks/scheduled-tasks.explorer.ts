import { Injectable } from '@nestjs/common';
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
export class ScheduledTasksExplorer {
  /** How many handlers were found. */
  readonly count: number;

  constructor(
    discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {
    const classes = new Set<object>();
    for (const { metatype, inject } of [...discovery.getProviders(), ...discovery.getControllers()]) {
      if (typeof metatype === 'function' && !inject && metatype.prototype)
        classes.add(metatype.prototype as object);
    }
    let count = 0;
    for (const prototype of classes) count += this.wrapHandlers(prototype);
    this.count = count;
  }

  private wrapHandlers(prototype: object): number {
    const handlers = this.scanner
      .getAllMethodNames(prototype)
      .map((key) => ({ key, kind: this.kindOf(prototype, key) }))
      .filter(({ kind }) => kind !== undefined);
    for (const { key, kind } of handlers) {
      const method = Reflect.get(prototype, key) as Parameters<typeof observedMethod>[0];
      const name = `${prototype.constructor.name}.${key}`;
      Object.defineProperty(prototype, key, {
        value: observedMethod(method, kind!, name),
        writable: true,
        configurable: true,
      });
    }
    return handlers.length;
  }

  private kindOf(prototype: object, key: string): WorkKind | undefined {
    const method: unknown = Reflect.get(prototype, key);
    if (typeof method !== 'function') return undefined;
    const type: unknown = Reflect.getMetadata(SCHEDULER_TYPE, method);
    return typeof type === 'number' ? KINDS[type] : undefined;
  }
}
