import type { DiscoveryService, MetadataScanner } from '@nestjs/core';

import type { SafeLogger } from './safe-logger.js';

type InstanceWrapper = ReturnType<DiscoveryService['getProviders']>[number];

/** A method that carries a decorator, bound to its instance. */
export interface DecoratedMethod {
  /** `CacheService.fill` */
  readonly name: string;
  readonly call: (argument: unknown) => unknown;
}

/**
 * The methods of the app's providers and controllers that carry one decorator. Call it when all instances exist
 * (`onModuleInit` or later). Those of request-scoped and transient classes are left out with a warning.
 */
export function findDecoratedMethods(
  metadataKey: string,
  logger: Pick<SafeLogger, 'warn'>,
  discovery: DiscoveryService,
  scanner: MetadataScanner,
): DecoratedMethod[] {
  const found: DecoratedMethod[] = [];
  const seen = new Set<object>();
  for (const wrapper of [...discovery.getProviders(), ...discovery.getControllers()]) {
    const instance = wrapper.instance as Record<string, unknown> | null | undefined;
    // NOTE: `useExisting` providers share their instance; its methods are called once.
    if (!instance || typeof instance !== 'object' || seen.has(instance)) continue;
    seen.add(instance);
    const prototype = Object.getPrototypeOf(instance) as object | null;
    for (const key of prototype ? scanner.getAllMethodNames(prototype) : []) {
      const method = methodOf(instance, key);
      if (typeof method !== 'function' || !Reflect.hasMetadata(metadataKey, method)) continue;
      const name = `${instance.constructor.name}.${key}`;
      const scope = scopeOf(wrapper);
      if (scope) logger.warn(`${name} is not called: its class is ${scope}, so there is no instance to call`);
      else found.push({ name, call: (argument) => method.call(instance, argument) });
    }
  }
  return found;
}

/** A stand-in for an instance that is made when it is first used may throw until then: it carries no decorator of ours. */
function methodOf(instance: Record<string, unknown>, key: string): unknown {
  try {
    return instance[key];
  } catch {
    return undefined;
  }
}

function scopeOf(wrapper: InstanceWrapper): string | undefined {
  if (wrapper.isTransient) return 'transient';
  return wrapper.isDependencyTreeStatic() ? undefined : 'request-scoped';
}
