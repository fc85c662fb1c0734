import { Injectable, type OnApplicationBootstrap, type Type } from '@nestjs/common';
import { HttpAdapterHost, Reflector } from '@nestjs/core';

import { MEMORY_COST, type MemoryCostByJobName, type MemoryCostValue } from '../../admission/index.js';
import { FaultLog, SafeLogger } from '../../listeners/index.js';
import { nameHandler } from './marked-handler.js';
import { type Handler, NestRoutes } from './nest-routes.service.js';
import type { RoutePolicy } from './route-policy.js';
import type { RequestPriority } from '../../admission/index.js';
import { SHED_PRIORITY } from './shed-priority.decorator.js';
import { SKIP_MEMORY_BUDGET } from './skip-memory-budget.decorator.js';

/** Under which Nest marks a handler of `@Sse()`. */
const SSE = '__sse__';

/** One handler at one path. */
export interface RouteEntry {
  readonly policy: RoutePolicy;
  /** `GET`, or `ALL`. */
  readonly method: string;
  /** Whether it may turn a request away to the next handler: for its version, or its host. */
  readonly isConditional: boolean;
}

/** Controllers that inherit a handler share its function. A list of links: to walk it costs a request nothing. */
interface Known {
  readonly controller: Type;
  readonly policy: RoutePolicy;
  readonly next: Known | undefined;
}

/**
 * What the app's handlers are marked with, found by handler (the guard has it) and by path (all that is known
 * before the body is read). Built once, when the app starts.
 */
@Injectable()
export class RouteTable implements OnApplicationBootstrap {
  private readonly logger = new SafeLogger('Headroom');
  private readonly faults = new FaultLog(this.logger, 'reading the routes');
  private readonly byPath = new Map<string, RouteEntry[]>();
  private readonly byHandler = new WeakMap<Handler, Known>();
  private readonly keys = new Set<string>();

  /** Whether the routes have been read: before, a handler does not have its policy yet that names it by its path. */
  isComplete = false;

  constructor(
    private readonly routes: NestRoutes,
    private readonly adapterHost: HttpAdapterHost,
    private readonly reflector: Reflector,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.adapterHost.httpAdapter) return;
    try {
      for (const {
        handler,
        controller,
        method,
        paths,
        registeredPaths,
        isConditional,
      } of this.routes.list()) {
        const policy = this.addPolicy(handler, controller, `${method} ${paths[0]}`);
        nameHandler(handler, policy.key);
        for (const path of registeredPaths) {
          const entries = this.byPath.get(path) ?? [];
          this.byPath.set(path, [...entries, { policy, method, isConditional }]);
        }
      }
    } catch (error) {
      this.faults.report(error);
    }
    this.isComplete = true;
  }

  /** What a handler is marked with: the same object each time. */
  policyOf(handler: Handler, controller: Type): RoutePolicy {
    for (let known = this.byHandler.get(handler); known; known = known.next) {
      if (known.controller === controller) return known.policy;
    }
    return this.addPolicy(handler, controller, nameOf(handler, controller));
  }

  /** The handlers that serve this method at a path as the router knows it: `/bundles/:id`. */
  entriesAt(path: string, method: string): readonly RouteEntry[] {
    const entries = this.byPath.get(path) ?? [];
    const serving = entries.filter((entry) => entry.method === method || entry.method === 'ALL');
    return serving.length === 0 && method === 'HEAD' ? this.entriesAt(path, 'GET') : serving;
  }

  private addPolicy(handler: Handler, controller: Type, key: string): RoutePolicy {
    const { reflector } = this;
    const targets = [handler, controller];
    type Cost = MemoryCostValue | MemoryCostByJobName | undefined;
    const cost = reflector.getAllAndOverride<Cost>(MEMORY_COST, targets);
    // An event stream stays open: what it takes would be set aside for as long as the client listens.
    const isStream = Reflect.getMetadata(SSE, handler) === true;
    const policy: RoutePolicy = {
      // Versions of a route share its path, not its cost.
      key: this.keys.has(key) ? `${key} (${nameOf(handler, controller)})` : key,
      priority: reflector.getAllAndOverride<RequestPriority | undefined>(SHED_PRIORITY, targets) ?? 'normal',
      isSkipped: reflector.getAllAndOverride<boolean | undefined>(SKIP_MEMORY_BUDGET, targets) ?? false,
      declaredCost: typeof cost === 'object' ? undefined : (cost ?? (isStream ? 'none' : undefined)),
    };
    if (typeof cost === 'object')
      this.logger.warn(
        `@MemoryCost({ ... }) does nothing on ${nameOf(handler, controller)}: costs by name are for @Processor() classes, ` +
          'a route has one.',
      );
    this.keys.add(policy.key);
    this.byHandler.set(handler, { controller, policy, next: this.byHandler.get(handler) });
    return policy;
  }
}

function nameOf(handler: Handler, controller: Type): string {
  return `${controller.name}.${handler.name}`;
}
