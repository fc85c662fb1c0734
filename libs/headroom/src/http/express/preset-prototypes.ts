import type { EventEmitter } from 'node:events';
import { IncomingMessage, type Server, ServerResponse } from 'node:http';

interface ExpressApp extends EventEmitter {
  /** What it sets as the prototype of each request, and of each response. */
  request: object;
  response: object;
}

type Messages = (typeof MESSAGES)[number];

const MESSAGES = [
  { key: 'request', base: IncomingMessage },
  { key: 'response', base: ServerResponse },
] as const;

/** Made here: an app has them once, also while two of Nest share it. */
const presets = new WeakSet<object>();

/** Who listens to these is given requests that Express never sees. */
const TAKEN_BY_OTHERS = new Set<string | symbol>([
  'request',
  'upgrade',
  'connect',
  'checkContinue',
  'checkExpectation',
]);

/**
 * Lets the server make its requests and responses with the prototypes that Express sets of each: it has nothing left to
 * change.
 *
 * In Node 20 and 22 an object whose prototype has been changed gets a hidden class of its own with the next property. What
 * reads it later finds nothing in V8's caches, and those classes are garbage of the old generation: three quarters of the CPU
 * time of a small request. (Measured: Node 20.20, 22.23; in 24.21 such objects share their classes.)
 *
 * Only while nobody but Express takes requests from the server: others expect those that Node makes. And not inside of another
 * app, which changes the prototypes of both.
 *
 * @returns the way back, or `undefined` where that is not so, or the server's classes are not Node's own
 */
export function presetPrototypes(app: object, server: Server): (() => void) | undefined {
  if (!isAlone(app, server) || !isExpress(app, server)) return undefined;
  const undo = MESSAGES.map((each) => presetOf(app, server, each));
  const restore = () => {
    server.off('newListener', restoreForOthers);
    app.off('mount', restore);
    for (const each of undo.splice(0)) each();
  };
  const restoreForOthers = (event: string | symbol) => {
    if (TAKEN_BY_OTHERS.has(event)) restore();
  };
  server.on('newListener', restoreForOthers);
  // Ahead of Express, which then puts the prototypes of the outer app above those of this one.
  app.prependListener('mount', restore);
  return restore;
}

function isAlone(app: object, server: Server): boolean {
  const listeners = [...TAKEN_BY_OTHERS].flatMap((event) => server.listeners(event) as object[]);
  return listeners.length === 1 && listeners[0] === app;
}

function isExpress(app: Partial<ExpressApp>, server: Server): app is ExpressApp {
  return (
    typeof app.prependListener === 'function' &&
    MESSAGES.every(({ key, base }) => {
      const prototype = app[key];
      if (!prototype || presets.has(prototype)) return false;
      return base.prototype.isPrototypeOf(prototype) && slotOf(server, base) !== undefined;
    })
  );
}

function presetOf(app: ExpressApp, server: Server, { key, base }: Messages): () => void {
  const original = app[key];
  const slot = slotOf(server, base)!;
  // NOTE: of a class of its own, with Express's prototype above it. Made with `Reflect.construct()`, they are slower than before.
  const Preset = class extends (base as new (...args: never[]) => object) {};
  Object.setPrototypeOf(Preset.prototype, original);
  // Who asks for it, `util.inspect()` for one, shall be told Node's.
  Reflect.deleteProperty(Preset.prototype, 'constructor');
  presets.add(Preset.prototype);
  Reflect.set(server, slot, Preset);
  app[key] = Preset.prototype;
  return () => {
    if (Reflect.get(server, slot) === Preset) Reflect.set(server, slot, base);
    if (app[key] === Preset.prototype) app[key] = original;
  };
}

/** Where the server keeps the class, which only `createServer()` can be told. By value: the symbol is Node's own. */
function slotOf(server: Server, base: unknown): symbol | undefined {
  return Object.getOwnPropertySymbols(server).find((symbol) => Reflect.get(server, symbol) === base);
}
