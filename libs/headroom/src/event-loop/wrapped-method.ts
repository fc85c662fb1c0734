export type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Makes a wrapper look like the method inside: its name, its length, and the metadata that other decorators left. */
export function wrappedMethod(method: Method, wrapper: Method): Method {
  Object.defineProperty(wrapper, 'name', { value: method.name });
  Object.defineProperty(wrapper, 'length', { value: method.length });
  for (const key of Reflect.getOwnMetadataKeys(method)) {
    Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, method), wrapper);
  }
  return wrapper;
}
