import { checkSliceMs } from './slice.js';
import { type Method, wrappedMethod } from './wrapped-method.js';
import { processTurnGate } from './yield.js';

/** Key under which `@Get()` and the other route decorators keep their path. */
const PATH = 'path';
const COOPERATIVE = Symbol('resilience:cooperative');

/** @publicApi */
export interface CooperativeOptions {
  /**
   * Milliseconds of work after which the next call waits for a fresh turn of the event loop. `0` gives every call its
   * own turn.
   *
   * @default the module's `turnGate.sliceMs`
   * Minimum: `0`.
   */
  readonly sliceMs?: number;
}

type MethodOrClass = <T>(
  target: object,
  key?: string | symbol,
  descriptor?: TypedPropertyDescriptor<T>,
) => void;

/**
 * On a route handler, or on a controller for all its handlers: each call starts in its own turn of the event loop,
 * through the gate that job starts use, so that sixty requests which were held up together (by a guard, a
 * pipe, a slow database) do not run back to back. Other requests and probes are answered in between.
 *
 * The handler is put off, after guards and pipes; it may return anything that a handler may, and may use `@Res()`. Its
 * start has a turn, its inside does not: after an `await`, use `yieldIfDue()`, or a `SingleFlight` for what is shared. A
 * client that gives up while its request waits at the gate is not noticed. On a method that is no handler, what was
 * returned at once may become a promise.
 *
 * @throws {RangeError} when decorating, for a `sliceMs` that is not a number of at least 0
 * @throws {TypeError} when decorating, for what is no method, and for a class without route handlers
 * @example
 * ```ts
 * @Cooperative()
 * @Get('report')
 * report(@Query('market', LoadPrices) prices: Prices) {
 *   return render(prices); // 100 ms of work
 * }
 * ```
 * @publicApi
 */
export function Cooperative({ sliceMs }: CooperativeOptions = {}): MethodOrClass {
  checkSliceMs('@Cooperative()', sliceMs);
  return (target, key, descriptor) => {
    if (key === undefined) return wrapHandlers((target as { prototype: object }).prototype, sliceMs);
    if (typeof descriptor?.value !== 'function') {
      throw new TypeError(
        `@Cooperative(): ${String(key)} is not a method; put it on a route handler or a controller`,
      );
    }
    (descriptor as PropertyDescriptor).value = cooperativeMethod(
      descriptor.value as unknown as Method,
      sliceMs,
    );
  };
}

function cooperativeMethod(method: Method, sliceMs: number | undefined): Method {
  if (Object.hasOwn(method, COOPERATIVE)) return method;
  const wrapper = wrappedMethod(method, function (this: unknown, ...args) {
    const turn = processTurnGate.enter(sliceMs);
    return turn ? turn.then(() => method.apply(this, args)) : method.apply(this, args);
  });
  Object.defineProperty(wrapper, COOPERATIVE, { value: true });
  return wrapper;
}

/** Inherited handlers too: they are wrapped on this class, and stay as they are on the one that they come from. */
function wrapHandlers(prototype: object, sliceMs: number | undefined): void {
  let found = 0;
  for (const [name, descriptor] of methodsOf(prototype)) {
    const method: unknown = descriptor.value;
    if (typeof method !== 'function' || !Reflect.hasMetadata(PATH, method)) continue;
    found++;
    Object.defineProperty(prototype, name, {
      ...descriptor,
      value: cooperativeMethod(method as Method, sliceMs),
    });
  }
  if (found > 0) return;
  throw new TypeError(
    `@Cooperative(): ${prototype.constructor.name} has no route handlers; put it on a controller, or on the method`,
  );
}

function methodsOf(prototype: object): Map<string, PropertyDescriptor> {
  const methods = new Map<string, PropertyDescriptor>();
  let owner: object | null = prototype;
  while (owner && owner !== Object.prototype) {
    for (const name of Object.getOwnPropertyNames(owner)) {
      const descriptor = Object.getOwnPropertyDescriptor(owner, name)!;
      if (name !== 'constructor' && !methods.has(name)) methods.set(name, descriptor);
    }
    owner = Object.getPrototypeOf(owner) as object | null;
  }
  return methods;
}
