import { observedMethod } from './observed-method.js';

/**
 * Logs the memory of the process when the method starts and when it ends, under a name.
 *
 * Put it on any method: it must not be a provider's. Other decorators may stand above or below it.
 *
 * @param name name in the log line and for the hooks; `Class.method` when left out
 * @throws {TypeError} when decorating, for a name that is no text or is empty, and for what is no method
 * @example
 * ```ts
 * @MemorySnapshot('import-prices')
 * async importPrices(file: string) {}
 * // task start mem rss=96MB heap=41/2096MB ext=4MB method=import-prices
 * ```
 * @publicApi
 */
export function MemorySnapshot(name?: string) {
  if (name !== undefined && (typeof name !== 'string' || name.trim() === '')) {
    throw new TypeError(
      `@MemorySnapshot(): received ${JSON.stringify(name)}; allowed: a name, or nothing for Class.method`,
    );
  }
  return <T extends (...args: never[]) => unknown>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<T>,
  ): void => {
    if (typeof descriptor?.value !== 'function')
      throw new TypeError(`@MemorySnapshot(): ${String(key)} is not a method; put it on one`);
    const label =
      name ?? `${typeof target === 'function' ? target.name : target.constructor.name}.${String(key)}`;
    type Observable = Parameters<typeof observedMethod>[0];
    descriptor.value = observedMethod(
      descriptor.value as unknown as Observable,
      'method',
      label,
    ) as unknown as T;
  };
}
