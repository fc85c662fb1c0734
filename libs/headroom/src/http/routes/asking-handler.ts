import { standIn } from '../../listeners/index.js';
import type { RoutePolicy } from './route-policy.js';

/** What the router of either platform calls; Express has three arguments for it. */
export type RouteHandler = (this: unknown, request: never, response: never, next?: unknown) => unknown;

/** What is asked before a handler of Nest is called; it rejects, or throws, what shall be answered instead. */
export type AskBefore = (policy: RoutePolicy, request: never, response: never) => true | Promise<true>;

/**
 * The same handler, but it asks first. What is thrown there goes the way of what a middleware or hook throws: to the
 * app's global filters.
 *
 * @param findPolicy `null` for what is not a route of Nest, `undefined` while that is not known
 */
export function askingHandler(
  handler: RouteHandler,
  findPolicy: () => RoutePolicy | null | undefined,
  ask: AskBefore,
): RouteHandler {
  let policy: RoutePolicy | null | undefined;
  const asking: RouteHandler = function (request, response, next) {
    if (policy === undefined) policy = findPolicy();
    const answer = policy ? ask(policy, request, response) : true;
    if (answer === true) return handler.call(this, request, response, next);
    return answer.then(() => handler.call(this, request, response, next));
  };
  return standIn(asking, handler);
}
