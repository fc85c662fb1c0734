import { IncomingMessage, type Server, ServerResponse } from 'node:http';

/** Of an Express app: what it sets as the prototypes of each request and response. */
export interface MessagePrototypes {
  request: object;
  response: object;
}

type Messages = (typeof MESSAGES)[number];

const MESSAGES = [
  { key: 'request', base: IncomingMessage },
  { key: 'response', base: ServerResponse },
] as const;

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
 * Only while nobody but Express takes requests from the server: others expect those that Node makes.
 *
 * @returns the way back, or `undefined` where that is not so, or the server's classes are not Node's own
 */
export function presetPrototypes(app: object, server: Server): (() => void) | undefined {
  if (!isAlone(app, server) || !MESSAGES.every((each) => canBeSet(app, server, each))) return undefined;
  const undo = MESSAGES.map((each) => presetOf(app as MessagePrototypes, server, each));
  const restore = () => {
    server.off('newListener', restoreForOthers);
    for (const each of undo.splice(0)) each();
  };
  const restoreForOthers = (event: string | symbol) => {
    if (TAKEN_BY_OTHERS.has(event)) restore();
  };
  server.on('newListener', restoreForOthers);
  return restore;
}

function isAlone(app: object, server: Server): boolean {
  const listeners = [...TAKEN_BY_OTHERS].flatMap((event) => server.listeners(event) as object[]);
  return listeners.length === 1 && listeners[0] === app;
}

function canBeSet(app: Partial<MessagePrototypes>, server: Server, { key, base }: Messages): boolean {
  const prototype = app[key];
  return (
    prototype !== undefined && base.prototype.isPrototypeOf(prototype) && slotOf(server, base) !== undefined
  );
}

function presetOf(app: MessagePrototypes, server: Server, { key, base }: Messages): () => void {
  const original = app[key];
  const slot = slotOf(server, base)!;
  // NOTE: of a class of its own, with Express's prototype above it. Made with `Reflect.construct()`, they are slower than before.
  const Preset = class extends (base as new (...args: never[]) => object) {};
  Object.setPrototypeOf(Preset.prototype, original);
  // Who asks for it, `util.inspect()` for one, shall be told Node's.
  Reflect.deleteProperty(Preset.prototype, 'constructor');
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
