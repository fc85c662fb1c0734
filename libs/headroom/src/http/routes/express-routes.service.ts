import { Injectable } from '@nestjs/common';

import { type AskBefore, askingHandler, type RouteHandler } from './asking-handler.js';
import { type ExpressLike, isOfNest } from './express-router.js';
import type { RoutePolicy } from './route-policy.js';
import { RouteTable } from './route-table.service.js';

/** Knows the handlers of Nest in the router of Express. */
@Injectable()
export class ExpressRoutes {
  constructor(private readonly table: RouteTable) {}

  /** Asks before each handler that Nest has registered: after all middleware, before Nest's own guards. */
  askBeforeEach({ router }: ExpressLike, ask: AskBefore): void {
    for (const { route } of router.stack) {
      if (!isOfNest(route)) continue;
      const { path, stack } = route;
      // That of `@All()` is there once for each method.
      const wrapped = new Map<RouteHandler, RouteHandler>();
      for (const layer of stack) {
        const { handle, method } = layer;
        const asked = stack.length > 1 || !method ? 'ALL' : method.toUpperCase();
        const asking = wrapped.get(handle) ?? askingHandler(handle, () => this.policyOf(path, asked), ask);
        wrapped.set(handle, asking);
        layer.handle = asking;
      }
    }
  }

  private policyOf(path: string, method: string): RoutePolicy | null | undefined {
    const [first] = this.table.entriesAt(path, method).filter((entry) => entry.method === method);
    if (first) return first.policy;
    return this.table.isBuilt ? null : undefined;
  }
}
