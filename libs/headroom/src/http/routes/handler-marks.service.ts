import { Inject, Injectable, type Type } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';

import { FaultLog, SafeLogger } from '../../listeners/index.js';
import { RESILIENCE_OPTIONS } from '../../resilience-options.js';
import type { ResolvedResilienceOptions } from '../../resilience-options.js';
import { IS_GUARDING } from '../is-guarding.js';
import { isMarked, markedHandler } from './marked-handler.js';
import { PATH } from './nest-routes.service.js';

/**
 * Makes the handlers of the app's controllers tell when they are called and when they have returned, and whose they are.
 *
 * In the constructor and on the classes: Nest takes the handlers when the app starts, after all is made.
 */
@Injectable()
export class HandlerMarks {
  private readonly faults = new FaultLog(new SafeLogger('Headroom'), 'marking the handlers');

  constructor(
    @Inject(IS_GUARDING) isGuarding: boolean,
    @Inject(RESILIENCE_OPTIONS) { eventLoop }: ResolvedResilienceOptions,
    discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {
    if (eventLoop.stallMs === false && !isGuarding) return;
    for (const { metatype } of discovery.getControllers()) {
      if (typeof metatype === 'function') this.mark(metatype as Type);
    }
  }

  private mark(controller: Type): void {
    const prototype = controller.prototype as Record<string, unknown>;
    try {
      for (const key of this.scanner.getAllMethodNames(prototype)) {
        const method = prototype[key];
        if (typeof method !== 'function' || !Reflect.hasMetadata(PATH, method)) continue;
        if (Object.hasOwn(prototype, key) && isMarked(method)) continue;
        const value = markedHandler(method as Parameters<typeof markedHandler>[0], controller);
        Object.defineProperty(prototype, key, { value, writable: true, configurable: true });
      }
    } catch (error) {
      // A class that cannot be changed keeps its handlers.
      this.faults.report(error);
    }
  }
}
