import { standIn } from '../../listeners/index.js';
import type { RoutePolicy } from './route-policy.js';

/** What Nest registers with the router of either platform. */
export type RouteHandler = (this: unknown, request: never, response: never, next?: unknown) => unknown;

/** What is asked before a handler is called; it rejects, or throws, what shall be answered instead. */
export type AskBefore = (policy: RoutePolicy, request: never, response: never) => true | Promise<true>;

/**
 * The same handler, but it asks first. What is thrown there goes the way of what middleware or a hook throws: to the
 * app's global filters.
 *
 * @param findPolicy called with the first request
 */
export function askingHandler(
  handler: RouteHandler,
  findPolicy: () => RoutePolicy,
  ask: AskBefore,
): RouteHandler {
  let policy: RoutePolicy | undefined;
  const asking: RouteHandler = function (request, response, next) {
    policy ??= findPolicy();
    const answer = ask(policy, request, response);
    if (answer === true) return handler.call(this, request, response, next);
    return answer.then(() => handler.call(this, request, response, next));
  };
  // Nest leaves there what the platform shall know of the route: its version.
  return standIn(Object.assign(asking, handler), handler);
}
