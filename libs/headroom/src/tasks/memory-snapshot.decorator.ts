import { observedMethod } from './observed-method.js';

/**
 * Logs the memory of the process when the method starts and when it ends, under a name.
 *
 * Put it on any method: it must not be a provider's. Other decorators may stand above or below it.
 *
 * @param name name in the log line and for the hooks; `Class.method` when left out
 * @example
 * ```ts
 * @MemorySnapshot('import-prices')
 * async importPrices(file: string) {}
 * // task start mem rss=96MB heap=41/2096MB ext=4MB method=import-prices
 * ```
 * @publicApi
 */
export function MemorySnapshot(name?: string) {
  return <T extends (...args: never[]) => unknown>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<T>,
  ): void => {
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
