import { standIn } from '../../listeners/index.js';

/** What Nest registers with the router of either platform. */
export type RouteHandler = (this: unknown, request: never, response: never, next?: unknown) => unknown;

/** What is asked before a handler is called; it rejects, or throws, what shall be answered instead. */
export type AskBefore = (request: never, response: never) => true | Promise<true>;

/**
 * The same handler, but it asks first. What is thrown there goes the way of what middleware or a hook throws: to the
 * app's global filters.
 */
export function askingHandler(handler: RouteHandler, ask: AskBefore): RouteHandler {
  const asking: RouteHandler = function (request, response, next) {
    const answer = ask(request, response);
    if (answer === true) return handler.call(this, request, response, next);
    return answer.then(() => handler.call(this, request, response, next));
  };
  // Nest leaves there what the platform shall know of the route: its version.
  return standIn(Object.assign(asking, handler), handler);
}
