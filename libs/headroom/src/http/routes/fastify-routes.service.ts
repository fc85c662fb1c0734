import { Injectable, VERSION_NEUTRAL } from '@nestjs/common';

import { guarded, SafeLogger } from '../../listeners/index.js';
import { type AskBefore, askingHandler, type RouteHandler } from './asking-handler.js';
import { mostProtected, type RoutePolicy } from './route-policy.js';
import { type RouteEntry, RouteTable } from './route-table.service.js';

/** What is read, and set, of a route while Fastify registers it. */
interface FastifyRoute {
  readonly url: string;
  /** All of them for `@All()`. */
  readonly method: string | readonly string[];
  readonly constraints?: { readonly version?: unknown };
  handler: RouteHandler;
}

interface FastifyLike {
  addHook(name: 'onRoute', hook: (route: FastifyRoute) => void): void;
}

/** Knows the handlers of Nest among the routes of Fastify: by path, for Nest wraps some before it hands them over. */
@Injectable()
export class FastifyRoutes {
  constructor(private readonly table: RouteTable) {}

  /** Asks before each handler that Nest will register: when the hooks are done, before Nest's own guards. */
  askBeforeEach(instance: FastifyLike, ask: AskBefore): void {
    const wrap = (route: FastifyRoute): void => {
      // NOTE: which route of Nest it is can be told only when the app has started.
      route.handler = askingHandler(route.handler, () => this.policyOf(route), ask);
    };
    instance.addHook('onRoute', guarded(new SafeLogger('Headroom'), 'guarding a route', wrap));
  }

  private policyOf({ url, method, constraints }: FastifyRoute): RoutePolicy | null | undefined {
    const asked = typeof method === 'string' ? method : 'ALL';
    const entries = this.table.entriesAt(url, asked);
    const exact = entries.filter(
      (entry) => entry.method === asked && isOfVersion(entry, constraints?.version),
    );
    const found = exact.length > 0 ? exact : entries;
    if (found.length > 0) return mostProtected(found.map(({ policy }) => policy));
    return this.table.isBuilt ? null : undefined;
  }
}

/** Nest makes what a handler's version is a constraint of its route, unless it is in the path. */
function isOfVersion({ isConditional, version }: RouteEntry, constraint: unknown): boolean {
  return !isConditional || (version === VERSION_NEUTRAL ? undefined : version) === constraint;
}
