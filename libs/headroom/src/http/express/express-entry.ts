import type { IncomingMessage, ServerResponse } from 'node:http';

type Pass = (error?: unknown) => void;
type Handle<Self> = (this: Self, request: ExpressRequest, response: ServerResponse, pass?: Pass) => void;

type ExpressRequest = IncomingMessage & { method: string; url: string; originalUrl?: string };

/** What Express 5 calls with each request, and what it hands the request on to. */
interface ExpressApp {
  handle: Handle<ExpressApp>;
  readonly router: { readonly handle: Handle<unknown> };
}

/** Who stands at the entry of an Express app. Must not throw. */
export interface Doorkeeper {
  /** Told of every request, before Express has touched it. */
  arrived(request: ExpressRequest, response: ServerResponse): void;
  /** Whether the request may go in without being asked; called for every request. */
  isOpen(request: ExpressRequest): boolean;
  /** Asked while not everybody may: answers the request, or lets it pass. Express has made it one of its own by now. */
  ask(request: ExpressRequest, response: ServerResponse, pass: () => void): void;
}

/**
 * Stands ahead of all middleware. As middleware it would cost one percent of a small request: Express gives each request
 * other prototypes, and what its router then reads and sets of it misses every cache, layer after layer.
 *
 * @returns the way to leave; `undefined` with what only looks like Express 5
 */
export function standAtEntry(app: object, doorkeeper: Doorkeeper): (() => void) | undefined {
  if (!isExpress(app)) return undefined;
  const { handle } = app;
  const guardedRouter: ExpressApp['router'] = {
    handle(request, response, pass) {
      request.originalUrl ||= request.url;
      doorkeeper.ask(request, response, () => app.router.handle(request, response, pass));
    },
  };
  // The same app, but it hands the request on to the doorkeeper.
  const guarded = Object.create(app, { router: { value: guardedRouter } }) as ExpressApp;
  const entry: ExpressApp['handle'] = function (request, response, pass) {
    doorkeeper.arrived(request, response);
    handle.call(doorkeeper.isOpen(request) ? this : guarded, request, response, pass);
  };
  app.handle = entry;
  return () => {
    // Or somebody stands before us by now, and goes on to call us.
    if (app.handle === entry) app.handle = handle;
  };
}

function isExpress(app: object): app is ExpressApp {
  return (
    typeof (app as ExpressApp).handle === 'function' &&
    Object.getOwnPropertyDescriptor(app, 'router')?.get !== undefined
  );
}
