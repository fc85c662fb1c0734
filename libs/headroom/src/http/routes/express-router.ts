import type { RouteHandler } from './asking-handler.js';

/** What is read, and set, of the router of Express: nothing else tells which handlers it has. */
export interface ExpressLayer {
  readonly route?: ExpressRoute;
  match(path: string): unknown;
}

export interface ExpressRoute {
  readonly path: unknown;
  /** One for each method. */
  readonly stack: readonly { readonly method?: string; handle: RouteHandler }[];
}

export interface ExpressLike {
  readonly router: { readonly stack: readonly ExpressLayer[] };
}

/** Middleware for a path is a route as well; only on handlers does Nest leave their path. */
export function isOfNest(route: ExpressRoute | undefined): route is ExpressRoute & { readonly path: string } {
  return (
    typeof route?.path === 'string' && route.stack.some(({ handle }) => Reflect.hasMetadata('path', handle))
  );
}
