// oxlint-disable-next-line typescript/no-unsafe-function-type -- of any function, also of one that Nest keeps
type AnyFunction = Function;

/** Makes one function look like the other to Nest: its name, its length, and the metadata that decorators left. */
export function standIn<T extends AnyFunction>(replacement: T, original: AnyFunction): T {
  Object.defineProperty(replacement, 'name', { value: original.name });
  Object.defineProperty(replacement, 'length', { value: original.length });
  for (const key of Reflect.getOwnMetadataKeys(original)) {
    Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, original), replacement);
  }
  return replacement;
}
