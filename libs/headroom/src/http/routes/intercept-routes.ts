import type { RouteHandler } from './asking-handler.js';

/** By which Nest registers the handlers of `@Get()` and the others. */
const METHODS = [
  'get',
  'post',
  'put',
  'delete',
  'patch',
  'all',
  'options',
  'head',
  'search',
  'propfind',
  'proppatch',
  'mkcol',
  'copy',
  'move',
  'lock',
  'unlock',
  'query',
] as const;

type Register = (this: unknown, ...pathAndHandler: unknown[]) => unknown;

/**
 * Lets every handler that is registered with an adapter of Nest pass through a function, until it is told to stop.
 * In the adapter, and not in the router below: there only Nest registers, and whoever traces a router has not
 * replaced the handlers yet.
 *
 * @returns the way to stop
 */
export function interceptRoutes(adapter: object, wrap: (handler: RouteHandler) => RouteHandler): () => void {
  const target = adapter as Record<string, unknown>;
  let isStopped = false;
  const restore: (() => void)[] = [];
  for (const name of METHODS) {
    const register = target[name];
    if (typeof register !== 'function') continue;
    const own = Object.getOwnPropertyDescriptor(target, name);
    const intercepting: Register = function (...pathAndHandler) {
      const handler = pathAndHandler.pop();
      const isWrapped = !isStopped && typeof handler === 'function';
      const passedOn = isWrapped ? wrap(handler as RouteHandler) : handler;
      return (register as Register).call(this, ...pathAndHandler, passedOn);
    };
    Object.defineProperty(target, name, { value: intercepting, configurable: true, writable: true });
    restore.push(() => {
      // Somebody else may have taken its place meanwhile, and call it.
      if (target[name] !== intercepting) return;
      if (own) Object.defineProperty(target, name, own);
      else delete target[name];
    });
  }
  return () => {
    isStopped = true;
    for (const each of restore.splice(0)) each();
  };
}
