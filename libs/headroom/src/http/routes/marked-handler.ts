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

const ORIGINAL = Symbol('resilience:original');
const ROUTE = Symbol('resilience:route');

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
  return standIn(Object.assign(marked, { [ORIGINAL]: handler, [ROUTE]: route }), handler);
}

/** Gives a marked handler the name of its route: known when the app starts. */
export function nameHandler(handler: object, name: string): void {
  if (isMarked(handler)) handler[ROUTE].name = name;
}

export function isMarked(method: object): method is MarkedHandler {
  return Object.hasOwn(method, ROUTE);
}
