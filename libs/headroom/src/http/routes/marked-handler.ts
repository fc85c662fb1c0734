import type { Type } from '@nestjs/common';

import { standIn } from '../../listeners/index.js';
import { loopWork, type StalledWork } from '../../vitals/index.js';

type Handler = (this: unknown, ...args: unknown[]) => unknown;

interface CalledRoute extends StalledWork {
  name: string;
}

interface MarkedHandler extends Handler {
  readonly [ORIGINAL]: Handler;
  readonly [ROUTE]: CalledRoute;
}

/** Of metadata: Nest copies it to what it registers with the router. */
const IDENTITY = 'resilience:handler';
const ORIGINAL = Symbol('resilience:original');
const ROUTE = Symbol('resilience:route');

/** Whose handler it is: what is registered with the router is another function. */
export interface HandlerIdentity {
  readonly handler: Handler;
  readonly controller: Type;
}

/**
 * The same handler, but the event loop's bookkeeping knows while it is on the stack. Of an asynchronous one that is
 * up to its first `await`.
 */
export function markedHandler(method: Handler, controller: Type): Handler {
  // Of a base class that is a controller too: its requests have another route.
  const handler = isMarked(method) ? method[ORIGINAL] : method;
  const route: CalledRoute = { kind: 'request', name: `${controller.name}.${handler.name}` };
  const marked = function (this: unknown, ...args: unknown[]): unknown {
    const enteredAtMs = loopWork.enter(route);
    try {
      return handler.apply(this, args);
    } finally {
      loopWork.leave(enteredAtMs);
    }
  };
  standIn(Object.assign(marked, { [ORIGINAL]: handler, [ROUTE]: route }), handler);
  const identity: HandlerIdentity = { handler: marked, controller };
  Reflect.defineMetadata(IDENTITY, identity, marked);
  return marked;
}

/** Gives a marked handler the name of its route: known when the app starts. */
export function nameHandler(handler: object, name: string): void {
  if (isMarked(handler)) handler[ROUTE].name = name;
}

export function isMarked(method: object): method is MarkedHandler {
  return Object.hasOwn(method, ROUTE);
}

/** Of a marked handler, or of what Nest has registered for it. */
export function identityOf(handler: object): HandlerIdentity | undefined {
  return Reflect.getMetadata(IDENTITY, handler) as HandlerIdentity | undefined;
}
