import { type Method, wrappedMethod } from '../wrapped-method.js';
import { SingleFlight } from './single-flight.js';
import { readSingleFlightOptions, type SingleFlightOptions } from './single-flight.options.js';

/** @publicApi */
export interface ShareResultOptions extends SingleFlightOptions<unknown, unknown> {
  /**
   * Names the result that calls share, from the arguments of the call. Everything that the result depends on must be in
   * it, the user too: who has the same key gets the same value.
   */
  readonly key: (...args: never[]) => unknown;
}

/**
 * On a method that returns a promise: calls with the same key share one computation, through a {@link SingleFlight} that
 * each instance of the class has for itself. Options are those of `SingleFlight`, with `key`.
 *
 * On a provider of one request there is nobody to share with. What is kept cannot be invalidated from outside: use a
 * `SingleFlight` for that, and to pass an `AbortSignal`.
 *
 * @throws {InvalidOptionsError} when decorating, for options that `SingleFlight` refuses
 * @throws {TypeError} when decorating, without a `key`, or for what is no method
 * @example
 * ```ts
 * @ShareResult({ key: (name: string, ecma: number) => `${name}@${ecma}`, ttlMs: 60_000 })
 * async bundle(name: string, ecma: number): Promise<string> {}
 * ```
 * @publicApi
 */
export function ShareResult({ key, ...options }: ShareResultOptions) {
  if (typeof key !== 'function') {
    throw new TypeError(
      `@ShareResult({ key }): received ${typeof key}; allowed: a function of the arguments`,
    );
  }
  readSingleFlightOptions(options);
  return <T extends (...args: never[]) => Promise<unknown>>(
    _target: object,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<T>,
  ): void => {
    if (typeof descriptor?.value !== 'function')
      throw new TypeError(`@ShareResult(): ${String(name)} is not a method`);
    descriptor.value = sharedMethod(
      descriptor.value as unknown as Method,
      key as unknown as Method,
      options,
    ) as T;
  };
}

function sharedMethod(
  method: Method,
  keyOf: Method,
  options: SingleFlightOptions<unknown, unknown>,
): unknown {
  const flights = new WeakMap<object, SingleFlight<unknown, unknown>>();
  return wrappedMethod(method, async function (this: unknown, ...args) {
    // NOTE: a method that was taken off its object has no `this`; such calls share among themselves.
    const owner = typeof this === 'object' && this !== null ? this : flights;
    let flight = flights.get(owner);
    if (!flight) flights.set(owner, (flight = new SingleFlight(options)));
    return flight.run(keyOf.apply(this, args), () => method.apply(this, args));
  });
}
