import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

import { pathOf } from '../request-path.js';
import { mostProtected, NO_ROUTE, type RoutePolicy } from './route-policy.js';
import { type RouteEntry, RouteTable } from './route-table.service.js';

/** What is read of a request of either platform before it is routed, or just after. */
export interface ArrivedRequest {
  readonly method: string;
  readonly url: string;
  /** Fastify has routed already. */
  readonly routeOptions?: { readonly url?: string };
}

/** A route in the router of Express: its own matching, so that nothing is matched otherwise than it will be. */
interface ExpressLayer {
  readonly route?: { readonly path: unknown; readonly stack: readonly { readonly handle: object }[] };
  match(path: string): unknown;
}

/** Tells which handler a request will reach, before Express has routed it. */
@Injectable()
export class RouteFinder {
  constructor(
    private readonly table: RouteTable,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  /** What applies to a request: the most protected where versions or hosts leave a choice. */
  policyFor(request: ArrivedRequest): RoutePolicy {
    const entries =
      this.adapterHost.httpAdapter.getType() === 'fastify'
        ? this.table.entriesAt(request.routeOptions?.url ?? '', request.method)
        : this.onExpress(request);
    return entries.length === 0 ? NO_ROUTE : mostProtected(entries.map(({ policy }) => policy));
  }

  private onExpress({ method, url }: ArrivedRequest): readonly RouteEntry[] {
    const found: RouteEntry[] = [];
    const path = pathOf(url);
    for (const layer of this.expressLayers()) {
      const { route } = layer;
      if (typeof route?.path !== 'string' || !isOfNest(route.stack)) continue;
      const entries = this.table.entriesAt(route.path, method);
      if (entries.length === 0 || !matches(layer, path)) continue;
      found.push(...entries);
      if (entries.some(({ isConditional }) => !isConditional)) break;
    }
    return found;
  }

  private expressLayers(): readonly ExpressLayer[] {
    const express = this.adapterHost.httpAdapter.getInstance<{
      router: { stack: readonly ExpressLayer[] };
    }>();
    return express.router.stack;
  }
}

function matches(layer: ExpressLayer, path: string): boolean {
  try {
    return Boolean(layer.match(path));
  } catch {
    // Of a path that cannot be decoded: Express will answer 400.
    return false;
  }
}

/** Middleware for a path is a route as well; only on handlers does Nest leave their path. */
function isOfNest(stack: readonly { readonly handle: object }[]): boolean {
  return stack.some(({ handle }) => Reflect.hasMetadata('path', handle));
}
