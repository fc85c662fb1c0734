import { Injectable, VERSION_NEUTRAL } from '@nestjs/common';

import { guarded, SafeLogger, standIn } from '../../listeners/index.js';
import { mostProtected, type RoutePolicy } from './route-policy.js';
import { type RouteEntry, RouteTable } from './route-table.service.js';

type RouteHandler<Request, Reply> = (this: unknown, request: Request, reply: Reply) => unknown;

/** What is read, and set, of a route while Fastify registers it. */
interface FastifyRoute<Request, Reply> {
  readonly url: string;
  /** All of them for `@All()`. */
  readonly method: string | readonly string[];
  readonly constraints?: { readonly version?: unknown };
  handler: RouteHandler<Request, Reply>;
}

export interface FastifyInstanceLike<Request, Reply> {
  addHook(name: 'onRoute', hook: (route: FastifyRoute<Request, Reply>) => void): void;
}

/** What is asked before a handler of Nest is called; it rejects, or throws, what shall be answered instead. */
export type AskBefore<Request, Reply> = (
  policy: RoutePolicy,
  request: Request,
  reply: Reply,
) => true | Promise<true>;

/** Knows the handlers of Nest among the routes of Fastify: by path, for Nest wraps some before it hands them over. */
@Injectable()
export class FastifyRoutes {
  constructor(private readonly table: RouteTable) {}

  /** From now on asks before each handler that Nest registers: when the hooks are done, before Nest's own guards. */
  beforeEach<Request, Reply>(
    instance: FastifyInstanceLike<Request, Reply>,
    ask: AskBefore<Request, Reply>,
  ): void {
    const wrap = (route: FastifyRoute<Request, Reply>): void => {
      route.handler = this.askingHandler(route, route.handler, ask);
    };
    instance.addHook('onRoute', guarded(new SafeLogger('Headroom'), 'guarding a route', wrap));
  }

  /** NOTE: which route of Nest it is can be told only when the app has started. */
  private askingHandler<Request, Reply>(
    route: FastifyRoute<Request, Reply>,
    handler: RouteHandler<Request, Reply>,
    ask: AskBefore<Request, Reply>,
  ): RouteHandler<Request, Reply> {
    let policy: RoutePolicy | null | undefined;
    const findPolicy = () => this.policyOf(route);
    const asking = function (this: unknown, request: Request, reply: Reply): unknown {
      if (policy === undefined) policy = findPolicy();
      const answer = policy ? ask(policy, request, reply) : true;
      if (answer === true) return handler.call(this, request, reply);
      return answer.then(() => handler.call(this, request, reply));
    };
    return standIn(asking, handler);
  }

  /** @returns `null` for what is not a route of Nest, `undefined` while that is not known */
  private policyOf({ url, method, constraints }: FastifyRoute<never, never>): RoutePolicy | null | undefined {
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
